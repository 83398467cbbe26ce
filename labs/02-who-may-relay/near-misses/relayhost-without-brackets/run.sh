mailbox: postconf -e 'relayhost = <%= gateway.name %>'
