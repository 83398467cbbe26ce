dns: sed -i 's/"v=spf1 .*"/"v=spf1 include:_spf.<%= domain %> -all"/' etc/bind/db.<%= domain %>
dns: echo '_spf IN TXT "v=spf1 ip4:<%= gateway.address %> ?all"' >> etc/bind/db.<%= domain %>
