gateway: sed -i '/^1;/i $virus_quarantine_method = $banned_files_quarantine_method = undef;' etc/amavis/conf.d/50-user
