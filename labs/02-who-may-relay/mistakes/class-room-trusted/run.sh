gateway: postconf -X mynetworks
gateway: postconf -e 'mynetworks_style = subnet'
