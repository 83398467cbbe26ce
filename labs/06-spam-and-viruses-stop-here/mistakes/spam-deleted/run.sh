gateway: sed -i 's/^High Scoring Spam Actions = .*/High Scoring Spam Actions = delete/' etc/MailScanner/MailScanner.conf
