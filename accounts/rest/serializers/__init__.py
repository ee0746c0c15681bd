"""Shapes of requests and answers; a request and an answer are never the same class."""
