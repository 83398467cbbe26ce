mailbox: printf 'postmaster: <%= user %>\nroot postmaster\nabuse: postmaster\n' > etc/aliases
mailbox: newaliases || true
