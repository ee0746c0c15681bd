"""Keeps service clients: who they are, what they may do, and the secrets that they sign in with."""
