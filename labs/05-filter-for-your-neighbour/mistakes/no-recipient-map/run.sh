gateway: postconf -X relay_recipient_maps
