mailbox: postconf -e 'inet_interfaces = loopback-only'
