mailbox: printf '<%= domain %> x\n<%= mailbox.name %> x\nlocalhost x\n' > etc/postfix/destinations
mailbox: postmap etc/postfix/destinations
mailbox: postconf -e 'mydestination = hash:/etc/postfix/destinations'
