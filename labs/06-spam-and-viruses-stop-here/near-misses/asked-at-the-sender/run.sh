gateway: postconf -X smtpd_recipient_restrictions
gateway: postconf -e 'smtpd_sender_restrictions = permit_mynetworks, check_policy_service unix:private/policyd-spf'
