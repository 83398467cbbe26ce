# smtpd asks with the whole address, local(8) with the name: a pattern is never asked for a part of what is looked up (regexp_table(5)).
mailbox: printf '/^(postmaster|root|abuse)(@.*)?$/ <%= user %>\n' > etc/aliases.re
mailbox: postconf -e 'alias_maps = regexp:/etc/aliases.re'
