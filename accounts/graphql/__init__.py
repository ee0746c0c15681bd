"""The GraphQL door: one endpoint over the same services."""
