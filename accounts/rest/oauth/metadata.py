"""What OAuth clients learn of this service before they call it (RFC 8414)."""

from typing import Any, Final

from accounts.conf import auth_settings
from accounts.models import Scope

BY_SECRET: Final = ["client_secret_basic", "client_secret_post"]


def document() -> dict[str, Any]:
    """Every address begins with the issuer, and never with what a request calls us by.

    `none` stands for no response type at all: RFC 8414 demands the member, and forbids it to be empty.
    """
    issuer = auth_settings.issuer
    return {
        "issuer": issuer,
        "jwks_uri": f"{issuer}/.well-known/jwks.json",
        "token_endpoint": f"{issuer}/auth/token",
        "introspection_endpoint": f"{issuer}/auth/introspect",
        "revocation_endpoint": f"{issuer}/auth/revoke",
        "service_documentation": f"{issuer}/api/docs",
        "grant_types_supported": ["client_credentials"],
        "response_types_supported": ["none"],
        "scopes_supported": [str(scope) for scope in Scope],
        "token_endpoint_auth_methods_supported": BY_SECRET,
        "introspection_endpoint_auth_methods_supported": [*BY_SECRET, "Bearer"],
        "revocation_endpoint_auth_methods_supported": [*BY_SECRET, "none"],
    }
