gateway: printf '127.0.0.0/8 OK\n<%= gateway.address %> OK\n<%= mailbox.address %> OK\n' > etc/postfix/networks
gateway: postconf -e 'mynetworks = cidr:/etc/postfix/networks'
