dns: sed -i 's/MX   10 mail/MX   10 gw/' etc/bind/db.<%= domain %>
