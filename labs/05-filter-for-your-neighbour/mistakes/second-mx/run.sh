dns: echo '@ IN MX 20 mail' >> etc/bind/db.<%= domain %>
