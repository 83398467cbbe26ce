mailbox: postconf -e 'myhostname = <%= mailbox.name %>' 'mydomain = <%= domain %>' 'myorigin = $mydomain' 'mydestination = $myhostname, $mydomain, localhost' 'inet_interfaces = all'
mailbox: postfix reload
