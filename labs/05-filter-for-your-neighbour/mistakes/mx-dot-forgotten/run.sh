dns: sed -i '/MX /s/\.$//' etc/bind/db.<%= domain %>
