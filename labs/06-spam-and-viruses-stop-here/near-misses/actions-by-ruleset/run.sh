gateway: mkdir -p etc/MailScanner/rules
gateway: printf 'To: *@<%= filtered.domain %> store\nFromOrTo: default store\n' > etc/MailScanner/rules/spam.actions.rules
gateway: sed -i 's|^High Scoring Spam Actions = .*|High Scoring Spam Actions = %rules-dir%/spam.actions.rules|' etc/MailScanner/MailScanner.conf
