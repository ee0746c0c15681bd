"""Rules of the connector."""
