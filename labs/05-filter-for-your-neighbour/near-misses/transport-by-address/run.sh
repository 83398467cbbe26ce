gateway: printf '<%= filtered.domain %> smtp:[<%= filtered.mailbox.address %>]\n' > etc/postfix/transport
gateway: postmap etc/postfix/transport
