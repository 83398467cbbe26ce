gateway: printf 'Mail Header = X-Checked-By-%%org-name%%:\n' >> etc/MailScanner/MailScanner.conf
