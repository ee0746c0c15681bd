"""The chain that audit events are sealed into."""
