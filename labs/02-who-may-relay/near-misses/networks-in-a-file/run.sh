gateway: printf '127.0.0.0/8\n<%= gateway.address %>/32\n<%= mailbox.address %>/32\n' > etc/postfix/networks
gateway: postconf -e 'mynetworks = /etc/postfix/networks'
