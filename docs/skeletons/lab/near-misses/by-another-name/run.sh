mailbox: postconf -e 'quiet = yes' 'disable_vrfy_command = $quiet'
