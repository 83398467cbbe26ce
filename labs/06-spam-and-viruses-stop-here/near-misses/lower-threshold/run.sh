gateway: sed -i 's/^Required SpamAssassin Score = .*/Required SpamAssassin Score = 4/; s/^Spam Actions = .*/Spam Actions = store/' etc/MailScanner/MailScanner.conf
