"""User models as services have them."""
