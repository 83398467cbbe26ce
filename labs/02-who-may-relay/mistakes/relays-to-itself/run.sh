mailbox: postconf -e 'relayhost = [<%= mailbox.name %>]'
