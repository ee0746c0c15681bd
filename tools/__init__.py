"""What `make` runs; the standard library is all it needs."""
