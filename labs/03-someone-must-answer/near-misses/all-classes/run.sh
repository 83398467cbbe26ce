mailbox: postconf -e 'notify_classes = bounce, 2bounce, data, delay, policy, protocol, resource, software'
