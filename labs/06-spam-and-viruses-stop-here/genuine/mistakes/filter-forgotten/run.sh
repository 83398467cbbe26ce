gateway: postconf -X content_filter
