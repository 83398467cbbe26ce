dns: echo '@ IN MX 20 backup' >> etc/bind/db.<%= domain %>
