"""A remote service in processes of its own, which knows its callers by the connector."""
