gateway: postconf -X smtpd_recipient_restrictions
