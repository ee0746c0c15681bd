"""Serves those who follow the log of notices."""
