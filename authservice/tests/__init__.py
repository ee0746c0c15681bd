"""Tests of the wiring: what starts, stops and surrounds the app."""
