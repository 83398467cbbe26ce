gateway: postconf -e 'smtpd_recipient_restrictions = check_policy_service unix:private/policyd-spf, permit_mynetworks, reject_unauth_destination'
