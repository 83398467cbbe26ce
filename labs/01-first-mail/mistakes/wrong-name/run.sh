mailbox: postconf -e 'myhostname = mial.<%= domain %>'
