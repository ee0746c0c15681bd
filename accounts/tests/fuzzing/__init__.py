"""Requests that nobody thought of, made up from what the service says about itself."""
