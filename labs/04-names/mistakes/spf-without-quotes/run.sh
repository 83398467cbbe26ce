dns: sed -i 's/"\(v=spf1 .*\)"/\1/' etc/bind/db.<%= domain %>
