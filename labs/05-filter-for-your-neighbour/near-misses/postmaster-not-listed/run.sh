gateway: sed -i '/^postmaster@/d' etc/postfix/relay_recipients
gateway: postmap etc/postfix/relay_recipients
