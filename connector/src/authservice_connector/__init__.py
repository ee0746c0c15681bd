"""Lets a Django service know its callers by the tokens of an authservice, and keeps a local copy of them."""

__version__ = "0.1.0"
