mailbox: sed -i '/^abuse/d' etc/aliases
mailbox: newaliases
