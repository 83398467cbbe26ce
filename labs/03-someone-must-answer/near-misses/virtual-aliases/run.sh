mailbox: printf '# none\n' > etc/aliases
mailbox: newaliases
mailbox: printf 'postmaster <%= user %>\nroot <%= user %>\nabuse <%= user %>\n' > etc/postfix/virtual
mailbox: postmap etc/postfix/virtual
mailbox: postconf -e 'virtual_alias_maps = hash:/etc/postfix/virtual'
