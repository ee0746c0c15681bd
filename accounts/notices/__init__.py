"""The log of notices: appending to it, and knowing its end."""
