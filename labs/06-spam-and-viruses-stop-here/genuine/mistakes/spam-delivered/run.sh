gateway: sed -i '/^1;/i $final_spam_destiny = D_PASS;' etc/amavis/conf.d/50-user
