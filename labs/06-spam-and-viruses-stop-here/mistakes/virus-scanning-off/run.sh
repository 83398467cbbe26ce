gateway: sed -i 's/^Virus Scanning = .*/Virus Scanning = no/' etc/MailScanner/MailScanner.conf
