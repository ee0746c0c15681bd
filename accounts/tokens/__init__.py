"""What a token says, and whether to believe it."""
