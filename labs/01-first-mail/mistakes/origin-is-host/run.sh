mailbox: postconf -e 'myorigin = $myhostname'
