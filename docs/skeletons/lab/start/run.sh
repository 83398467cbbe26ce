mailbox: postconf -e 'inet_interfaces = all'
mailbox: postfix stop
mailbox: postfix start
