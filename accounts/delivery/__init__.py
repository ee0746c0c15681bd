"""Leaves the house: mails from templates, through Django's e-mail backend. Only the worker calls it."""
