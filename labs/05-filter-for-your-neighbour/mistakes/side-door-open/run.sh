mailbox: postconf -X smtpd_client_restrictions
