"""The OAuth endpoints: tokens for service clients, introspection and revocation, in the words of their RFCs."""
