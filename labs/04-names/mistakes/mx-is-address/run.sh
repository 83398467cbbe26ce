dns: sed -i 's/MX   10 mail/MX   10 <%= mailbox.address %>/' etc/bind/db.<%= domain %>
