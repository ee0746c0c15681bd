"""Sees to the signing keys."""
