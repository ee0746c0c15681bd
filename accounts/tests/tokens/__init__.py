"""What a token says, and whether it is believed."""
