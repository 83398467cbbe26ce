gateway: echo '/^Recieved:/ HOLD' > etc/postfix/header_checks
