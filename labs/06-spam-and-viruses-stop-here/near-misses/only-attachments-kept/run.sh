gateway: sed -i 's|^Quarantine Whole Message = .*|Quarantine Whole Message = no|' etc/MailScanner/MailScanner.conf
