gateway: postconf -e 'relay_domains = x<%= filtered.domain %>'
