gateway: postconf -X header_checks
