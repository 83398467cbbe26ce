mailbox: postconf -e 'smtpd_relay_restrictions = permit, reject_unauth_destination'
