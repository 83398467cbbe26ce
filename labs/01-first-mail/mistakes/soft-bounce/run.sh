mailbox: postconf -e 'soft_bounce = yes'
