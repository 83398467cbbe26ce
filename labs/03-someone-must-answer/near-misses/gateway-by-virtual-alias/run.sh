gateway: printf '# none\n' > etc/aliases
gateway: newaliases
gateway: printf 'postmaster@<%= gateway.name %> <%= user %>@<%= mailbox.name %>\n' > etc/postfix/virtual
gateway: postmap etc/postfix/virtual
gateway: postconf -e 'virtual_alias_maps = hash:/etc/postfix/virtual'
