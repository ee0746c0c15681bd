"""What a service keeps about its users."""
