mailbox: postconf -e 'inet_interfaces = all' 'disable_vrfy_command = yes'
