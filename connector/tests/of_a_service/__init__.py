"""Tests as a service writes them with the kit; run by `test_kit.py` in a process of their own."""
