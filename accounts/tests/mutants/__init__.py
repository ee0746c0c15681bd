"""Small breakages of security decisions, each of which some test must notice."""
