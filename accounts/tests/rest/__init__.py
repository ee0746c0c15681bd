"""The REST door, one file a flow."""
