"""Deletes people: from the request to the receipt."""
