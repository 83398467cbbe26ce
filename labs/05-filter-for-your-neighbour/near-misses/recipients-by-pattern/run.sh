gateway: printf '/^(<%= filtered.user %>|postmaster|abuse|root)@<%= filtered.domain %>$/ OK\n' > etc/postfix/relay_recipients.re
gateway: postconf -e 'relay_recipient_maps = regexp:/etc/postfix/relay_recipients.re'
