mailbox: postconf -X relayhost
