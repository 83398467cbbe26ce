dns: sed -i '/PTR/s/test\.$/test/' etc/bind/db.198.18.<%= number %>
