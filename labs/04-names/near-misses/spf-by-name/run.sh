dns: sed -i 's/"v=spf1 .*"/"v=spf1 a:gw.<%= domain %> " "-all"/' etc/bind/db.<%= domain %>
