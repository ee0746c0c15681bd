"""Sums up by the minute what the service's processes count, and shows what came of it."""
