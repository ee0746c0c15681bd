"""Tests that mirror the rooms of the app."""
