mailbox: printf '/^(postmaster|root|abuse)$/ <%= user %>\n' > etc/aliases.re
mailbox: postconf -e 'alias_maps = regexp:/etc/aliases.re'
