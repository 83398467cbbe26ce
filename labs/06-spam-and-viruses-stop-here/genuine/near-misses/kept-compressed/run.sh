gateway: sed -i '/^1;/i $spam_quarantine_method = "local:spam-%m.gz";' etc/amavis/conf.d/50-user
