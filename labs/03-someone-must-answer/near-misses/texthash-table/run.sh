mailbox: printf 'postmaster <%= user %>\nroot <%= user %>\nabuse <%= user %>\n' > etc/aliases.text
mailbox: postconf -e 'alias_maps = texthash:/etc/aliases.text'
