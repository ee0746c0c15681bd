"""Limits on failed attempts, per account and per address, shared by every door and every process."""
