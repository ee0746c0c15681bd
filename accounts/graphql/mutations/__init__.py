"""What can be done: each takes one `input` and calls one service."""
