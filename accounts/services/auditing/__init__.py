"""Keeps what happened: seals it into a chain, checks the chain, shows it, and drops what is too old."""
