"""The use cases, one module per subject; the only room that opens a transaction."""
