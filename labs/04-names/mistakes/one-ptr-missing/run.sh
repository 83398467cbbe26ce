dns: sed -i '/^10 /d' etc/bind/db.198.18.<%= number %>
