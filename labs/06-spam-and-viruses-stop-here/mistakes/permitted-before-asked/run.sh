gateway: postconf -e 'smtpd_recipient_restrictions = permit_mynetworks, permit_auth_destination, check_policy_service unix:private/policyd-spf'
