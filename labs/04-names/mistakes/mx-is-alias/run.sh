dns: sed -i 's/MX   10 mail/MX   10 mx/' etc/bind/db.<%= domain %>
dns: echo 'mx IN CNAME mail' >> etc/bind/db.<%= domain %>
