mailbox: postconf -e 'smtpd_relay_restrictions = check_client_access static:OK, reject_unauth_destination'
