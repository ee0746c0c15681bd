"""Takes orders from people who sign in at an authservice."""
