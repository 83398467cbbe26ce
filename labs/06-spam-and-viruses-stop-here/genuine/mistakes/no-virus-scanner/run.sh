gateway: service clamav-daemon stop
