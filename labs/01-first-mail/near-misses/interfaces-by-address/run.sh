mailbox: postconf -e 'inet_interfaces = 127.0.0.1, <%= mailbox.address %>'
