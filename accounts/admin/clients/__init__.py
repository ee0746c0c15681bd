"""Service clients in the admin: made, changed, disabled, and given other secrets, each shown once."""
