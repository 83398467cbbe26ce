gateway: sed -i '/^1;/i $sa_tag2_level_deflt = -999; $sa_spam_subject_tag = "{Scanned} ";' etc/amavis/conf.d/50-user
