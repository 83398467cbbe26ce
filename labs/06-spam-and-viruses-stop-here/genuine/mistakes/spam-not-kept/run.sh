gateway: sed -i '/^1;/i $spam_quarantine_method = undef;' etc/amavis/conf.d/50-user
