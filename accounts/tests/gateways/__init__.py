"""Real gateways, as `deploy/gateways` configures them, between a client and a service; run by `make gateways`."""
