gateway: postconf -e 'smtpd_relay_restrictions =' 'smtpd_recipient_restrictions = permit_mynetworks, reject_unauth_destination'
