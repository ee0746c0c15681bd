"""Mails: what is in them, and what mail servers do to them."""
