gateway: printf '# none\n' > etc/aliases
gateway: newaliases
