dns: sed -i 's/"v=spf1 .*"/"v=spf1 redirect=_spf.<%= domain %>"/' etc/bind/db.<%= domain %>
dns: echo '_spf IN TXT "v=spf1 a:gw.<%= domain %> -all"' >> etc/bind/db.<%= domain %>
