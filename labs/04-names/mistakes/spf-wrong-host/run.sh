dns: sed -i 's/ip4:[0-9.]*/ip4:<%= mailbox.address %>/' etc/bind/db.<%= domain %>
