dns: sed -i 's/ -all//' etc/bind/db.<%= domain %>
