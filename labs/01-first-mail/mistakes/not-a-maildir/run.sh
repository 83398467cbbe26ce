mailbox: postconf -e 'home_mailbox = Maildir.old'
