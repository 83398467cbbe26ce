gateway: service mailscanner stop
