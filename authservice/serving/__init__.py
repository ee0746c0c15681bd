"""What `python -m authservice` is made of: one parent that starts, minds and stops the server and the worker."""
