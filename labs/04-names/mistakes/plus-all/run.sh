dns: sed -i 's/-all/+all/' etc/bind/db.<%= domain %>
