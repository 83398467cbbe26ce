gateway: postconf -e 'smtpd_client_restrictions = check_client_access inline:{<%= actors.forger.address %>=REJECT}'
