"""The use cases, without a door."""
