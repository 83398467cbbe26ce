dns: sed -i 's/MX .*/MX 10 filter/' etc/bind/db.<%= domain %>
dns: echo 'filter IN A <%= filtering.gateway.address %>' >> etc/bind/db.<%= domain %>
