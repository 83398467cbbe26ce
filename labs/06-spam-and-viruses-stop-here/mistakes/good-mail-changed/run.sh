gateway: printf 'Scanned Modify Subject = start\nScanned Subject Text = {Scanned}\n' >> etc/MailScanner/MailScanner.conf
