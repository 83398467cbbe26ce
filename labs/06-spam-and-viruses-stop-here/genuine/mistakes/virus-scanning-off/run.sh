gateway: sed -i '/^1;/i @bypass_virus_checks_maps = ( 1 );' etc/amavis/conf.d/50-user
