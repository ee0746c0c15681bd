"""What the tables hold to by themselves."""
