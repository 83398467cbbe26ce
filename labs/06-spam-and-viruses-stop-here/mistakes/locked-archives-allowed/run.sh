gateway: sed -i 's|^Allow Password-Protected Archives = .*|Allow Password-Protected Archives = yes|' etc/MailScanner/MailScanner.conf
