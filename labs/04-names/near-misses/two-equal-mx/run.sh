dns: printf '@ IN MX 10 mail2\nmail2 IN A <%= mailbox.address %>\n' >> etc/bind/db.<%= domain %>
