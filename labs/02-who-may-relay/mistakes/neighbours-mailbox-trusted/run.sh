gateway: postconf -e 'mynetworks = 127.0.0.0/8 <%= gateway.address %>/32 <%= mailbox.address %>/32 <%= filtering.mailbox.address %>/32'
