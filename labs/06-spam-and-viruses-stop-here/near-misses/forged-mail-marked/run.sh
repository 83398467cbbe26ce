gateway: sed -i 's/^Mail_From_reject = .*/Mail_From_reject = False/; s/^HELO_reject = .*/HELO_reject = False/' etc/postfix-policyd-spf-python/policyd-spf.conf
