"""The key ring: loads, chooses, signs, publishes. It knows no claim."""
