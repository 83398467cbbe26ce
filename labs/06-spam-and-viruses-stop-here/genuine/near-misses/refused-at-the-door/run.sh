gateway: postconf -X content_filter
gateway: postconf -Pe 'smtp/inet/smtpd_proxy_filter=127.0.0.1:10024'
gateway: sed -i '/^1;/i $final_virus_destiny = $final_banned_destiny = $final_spam_destiny = D_REJECT;' etc/amavis/conf.d/50-user
