gateway: postconf -e 'header_checks = pcre:/etc/postfix/header_checks'
