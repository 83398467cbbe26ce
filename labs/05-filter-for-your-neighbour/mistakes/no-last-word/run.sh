mailbox: postconf -e 'smtpd_client_restrictions = permit_mynetworks, check_client_access cidr:/etc/postfix/filters'
