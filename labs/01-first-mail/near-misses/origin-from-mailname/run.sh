mailbox: echo '<%= domain %>' > etc/mailname
mailbox: postconf -e 'myorigin = /etc/mailname'
