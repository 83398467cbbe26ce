gateway: echo '/^Received:/ FILTER smtp-amavis:[127.0.0.1]:10024' > etc/postfix/header_checks
gateway: postconf -X content_filter
gateway: postconf -e 'header_checks = regexp:/etc/postfix/header_checks'
