mailbox: postconf -e 'mydestination = $myhostname, localhost'
