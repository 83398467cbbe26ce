mailbox: newaliases
gateway: newaliases
