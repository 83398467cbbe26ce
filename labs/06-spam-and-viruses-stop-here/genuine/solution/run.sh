gateway: update-rc.d clamav-daemon enable && update-rc.d amavis enable
gateway: service clamav-daemon restart
# Out to amavis, and back in on a port that only this host can reach and where nothing is filtered again.
gateway: postconf -Me 'smtp-amavis/unix = smtp-amavis unix - - y - 2 smtp -o smtp_send_xforward_command=yes -o smtp_data_done_timeout=1200 -o max_use=20'
gateway: postconf -Me '127.0.0.1:10025/inet = 127.0.0.1:10025 inet n - y - - smtpd -o content_filter= -o mynetworks=127.0.0.0/8 -o smtpd_client_restrictions= -o smtpd_sender_restrictions= -o smtpd_recipient_restrictions=permit_mynetworks,reject -o smtpd_authorized_xforward_hosts=127.0.0.0/8 -o receive_override_options=no_unknown_recipient_checks,no_header_body_checks'
gateway: postconf -e 'content_filter = smtp-amavis:[127.0.0.1]:10024'
gateway: postconf -Me 'policyd-spf/unix = policyd-spf unix - n n - 0 spawn user=policyd-spf argv=/usr/bin/policyd-spf'
gateway: postconf -e 'smtpd_recipient_restrictions = permit_mynetworks, reject_unauth_destination, check_policy_service unix:private/policyd-spf'
