"""Tells a service client what a token is worth at present (RFC 7662)."""

from typing import Any, Final

from accounts.errors import (
    AccountSuspended,
    ClientDisabled,
    InsufficientScope,
    SessionRevoked,
    TokenExpired,
    TokenInvalid,
    WrongTokenType,
)
from accounts.models import Scope
from accounts.principals import Caller, ClientPrincipal
from accounts.services import identification
from accounts.services.identification import Identity, UserIdentity
from accounts.tokens import issuing

NOT_ACTIVE: Final = (TokenInvalid, TokenExpired, WrongTokenType, SessionRevoked, AccountSuspended, ClientDisabled)
OF_THE_TOKEN: Final = (
    *("iss", "sub", "aud", "exp", "iat", "nbf", "jti", "sid"),
    *("client_id", "scope", "auth_time", "amr"),
)


def introspect(unverified_token: str, *, actor: Caller) -> dict[str, Any]:
    """What stands in an active access token, and of its user what a token made now would say.

    Of any other token only that it is not active. Raises InsufficientScope to who may not ask; Unavailable if unsure.
    """
    scopes = actor.scopes if isinstance(actor, ClientPrincipal) else frozenset()
    if Scope.TOKENS_INTROSPECT not in scopes:
        raise InsufficientScope(Scope.TOKENS_INTROSPECT)
    try:
        identity = identification.identify(unverified_token)
    except NOT_ACTIVE:
        return {"active": False}
    return _of_the_user(identity) | _of_the_token(identity) | {"active": True, "token_type": "Bearer"}


def _of_the_token(identity: Identity) -> dict[str, Any]:
    """RFC 6749 appendix A.4 knows no empty scope; so what is empty is left out."""
    payload = identity.claims.payload
    return {name: payload[name] for name in OF_THE_TOKEN if payload.get(name) not in (None, "")}


def _of_the_user(identity: Identity) -> dict[str, Any]:
    """No more than who verifies is told; and what a profile field is called never hides what the token says."""
    if not isinstance(identity, UserIdentity):
        return {}
    user = identity.user
    return issuing.asked_claims(user) | {"username": user.email, "groups": user.group_names}
