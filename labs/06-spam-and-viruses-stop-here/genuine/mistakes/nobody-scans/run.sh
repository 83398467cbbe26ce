gateway: service amavis stop
