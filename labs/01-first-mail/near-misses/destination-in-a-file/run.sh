mailbox: printf '<%= domain %>\n<%= mailbox.name %>\nlocalhost\n' > etc/postfix/destinations
mailbox: postconf -e 'mydestination = /etc/postfix/destinations'
