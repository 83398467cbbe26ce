dns: sed -i 's/20261[0-9]*/7/' etc/bind/db.<%= domain %>
