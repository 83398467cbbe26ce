gateway: postconf -e 'mynetworks = 127.0.0.0/8 <%= gateway.address %>/16'
