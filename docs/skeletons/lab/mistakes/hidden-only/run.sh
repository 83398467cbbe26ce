mailbox: postconf -X disable_vrfy_command
mailbox: postconf -e 'smtpd_discard_ehlo_keywords = vrfy'
