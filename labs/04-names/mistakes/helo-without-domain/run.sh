gateway: postconf -e 'smtp_helo_name = gateway'
gateway: postfix reload
