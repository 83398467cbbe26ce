mailbox: postconf -e 'relayhost = [<%= gateway.address %>]:25'
