gateway: postconf -e 'relay_domains = outside.test'
