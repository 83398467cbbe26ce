mailbox: postconf -e 'local_recipient_maps ='
