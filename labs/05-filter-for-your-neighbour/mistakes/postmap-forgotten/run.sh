gateway: rm etc/postfix/relay_recipients.db
