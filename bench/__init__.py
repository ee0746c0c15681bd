"""Side by side with a stock project: `make bench`."""
