gateway: sed -i '/^1;/i $sa_kill_level_deflt = 4;' etc/amavis/conf.d/50-user
