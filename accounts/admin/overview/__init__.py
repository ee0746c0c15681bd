"""The first page of the admin: how the house does, as far as whoever asks may see it."""
