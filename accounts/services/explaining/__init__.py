"""Says of a token what it is, and why it is refused."""
