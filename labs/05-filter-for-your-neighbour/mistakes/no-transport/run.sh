gateway: postconf -X transport_maps
