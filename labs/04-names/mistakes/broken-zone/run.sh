dns: sed 's/3600 )/3600/' etc/bind/db.<%= domain %> > z
dns: echo '@ IN MX 10 mail' >> z
dns: mv z etc/bind/db.<%= domain %>
