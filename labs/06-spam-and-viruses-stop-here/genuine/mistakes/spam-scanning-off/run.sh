gateway: sed -i '/^1;/i @bypass_spam_checks_maps = ( 1 );' etc/amavis/conf.d/50-user
