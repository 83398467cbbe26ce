gateway: postconf -e 'mydestination = $myhostname, localhost, <%= filtered.domain %>' 'relay_domains ='
gateway: postconf -X transport_maps
