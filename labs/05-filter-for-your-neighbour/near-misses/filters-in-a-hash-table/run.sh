mailbox: printf '<%= filtering.gateway.address %> OK\n<%= gateway.address %> OK\n' > etc/postfix/filters.hash
mailbox: postmap etc/postfix/filters.hash
mailbox: postconf -e 'smtpd_client_restrictions = permit_mynetworks, check_client_access hash:/etc/postfix/filters.hash, reject'
