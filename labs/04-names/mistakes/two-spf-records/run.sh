dns: echo '@ IN TXT "v=spf1 mx -all"' >> etc/bind/db.<%= domain %>
