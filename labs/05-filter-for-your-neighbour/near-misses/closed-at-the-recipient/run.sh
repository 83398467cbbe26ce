mailbox: postconf -X smtpd_client_restrictions
mailbox: postconf -e 'smtpd_recipient_restrictions = permit_mynetworks, reject_unauth_destination, check_client_access cidr:/etc/postfix/filters, reject'
