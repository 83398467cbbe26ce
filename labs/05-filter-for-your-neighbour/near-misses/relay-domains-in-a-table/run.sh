gateway: printf '<%= filtered.domain %> x\n' > etc/postfix/relay_domains
gateway: postmap etc/postfix/relay_domains
gateway: postconf -e 'relay_domains = hash:/etc/postfix/relay_domains'
