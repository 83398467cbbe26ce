mailbox: postconf -e 'smtpd_delay_reject = no'
