"""Clients that other people make, generated and hand-written, against the running service."""
