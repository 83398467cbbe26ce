gateway: postconf -X mynetworks
gateway: echo 'mynetwork = 127.0.0.0/8 <%= mailbox.address %>/32' >> etc/postfix/main.cf
