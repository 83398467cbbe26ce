mailbox: postconf -X smtpd_client_restrictions
mailbox: postconf -e 'smtpd_sender_restrictions = permit_mynetworks, check_client_access cidr:/etc/postfix/filters, reject'
