dns: sed -i 's/v=spf1 .*all/v=spf1 ptr:<%= gateway.name %> -all/' etc/bind/db.<%= domain %>
