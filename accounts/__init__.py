"""Users, their sessions, and the tokens that other services believe."""
