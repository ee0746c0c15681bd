"""The REST door: requests in, services asked, answers or problem documents out."""
