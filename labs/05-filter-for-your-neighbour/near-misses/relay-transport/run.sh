gateway: postconf -X transport_maps
gateway: postconf -e 'relay_transport = relay:[<%= filtered.mailbox.name %>]'
