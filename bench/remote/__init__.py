"""A remote service in one process: what the connector costs there, side by side with what others do."""
