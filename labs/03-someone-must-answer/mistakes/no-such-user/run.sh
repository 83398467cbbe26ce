mailbox: printf 'postmaster: <%= user %>g\nroot: postmaster\nabuse: postmaster\n' > etc/aliases
mailbox: newaliases
