mailbox: postconf -X relayhost
mailbox: postconf -e 'default_transport = smtp:[<%= gateway.name %>]'
