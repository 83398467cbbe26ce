mailbox: postconf -e 'notify_classes = bounce, 2bounce'
