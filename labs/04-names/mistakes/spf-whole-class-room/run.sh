dns: sed -i 's/ip4:[0-9.]*/ip4:198.18.0.0\/16/' etc/bind/db.<%= domain %>
