gateway: mkdir -p var/spool/quarantine
gateway: sed -i 's|^Quarantine Dir = .*|Quarantine Dir = /var/spool/quarantine|' etc/MailScanner/MailScanner.conf
