gateway: sed -i '/UNDECIPHERABLE/d' etc/amavis/conf.d/50-user
