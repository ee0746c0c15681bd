"""Views: parse, one call, shape."""
