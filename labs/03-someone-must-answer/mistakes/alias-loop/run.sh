mailbox: sed -i 's/^postmaster:.*/postmaster: root/' etc/aliases
mailbox: newaliases
