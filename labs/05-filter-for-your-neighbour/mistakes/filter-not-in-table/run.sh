mailbox: printf '<%= gateway.address %> OK\n' > etc/postfix/filters
