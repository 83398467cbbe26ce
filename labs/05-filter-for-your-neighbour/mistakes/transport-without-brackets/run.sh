gateway: printf '<%= filtered.domain %> relay:<%= filtered.domain %>\n' > etc/postfix/transport
gateway: postmap etc/postfix/transport
