mailbox: postconf -e 'smtpd_banner = ESMTP ready'
