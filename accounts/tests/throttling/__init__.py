"""Limits on failed attempts."""
