gateway: sed -i 's|^Quarantine Infections = .*|Quarantine Infections = no|' etc/MailScanner/MailScanner.conf
