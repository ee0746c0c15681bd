"""OAuth and JWT libraries that services use, against the running service."""
