gateway: sed -i 's|^Virus Scanners = .*|Virus Scanners = none|' etc/MailScanner/MailScanner.conf
