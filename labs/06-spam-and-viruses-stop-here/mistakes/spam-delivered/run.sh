gateway: sed -i 's/^High Scoring Spam Actions = .*/High Scoring Spam Actions = store deliver/' etc/MailScanner/MailScanner.conf
