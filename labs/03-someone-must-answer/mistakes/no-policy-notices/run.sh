mailbox: postconf -X notify_classes
