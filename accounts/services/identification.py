"""The one gate: from a raw token to whoever is behind it, for every door alike."""

from dataclasses import dataclass
from typing import Any, assert_never

from accounts import metrics
from accounts.errors import Refusal
from accounts.models import ServiceClient, Session, User
from accounts.principals import ClientPrincipal, UserPrincipal
from accounts.tokens import seen, standing
from accounts.tokens.claims import VerifiedClaims
from accounts.tokens.jwt import AccessToken


@dataclass(frozen=True, slots=True)
class _Believed:
    """An access token that is believed: its claims."""

    claims: VerifiedClaims

    @property
    def token(self) -> AccessToken:
        """As simplejwt's users know it."""
        return AccessToken.with_claims(self.claims.payload)


@dataclass(frozen=True, slots=True)
class UserIdentity(_Believed):
    """A person's, and who stands behind it at present."""

    principal: UserPrincipal
    session: Session

    @property
    def user(self) -> User:
        return self.session.user

    @property
    def holder(self) -> User:
        return self.user

    def as_answer(self) -> dict[str, Any]:
        """What a verifier is told: the claims that name things, and the present state of the user."""
        named = {"sub": str(self.principal.user_id), "sid": str(self.principal.session_id)}
        return _answer(self.claims) | named | {"groups": self.user.group_names, "user": self.user}


@dataclass(frozen=True, slots=True)
class ClientIdentity(_Believed):
    """A service client's own."""

    principal: ClientPrincipal
    client: ServiceClient

    @property
    def holder(self) -> ServiceClient:
        return self.client

    def as_answer(self) -> dict[str, Any]:
        """As of a person, with nobody as the user."""
        named = {"sub": self.principal.client_id, "sid": str(self.principal.epoch)}
        return _answer(self.claims) | named | {"groups": [], "user": None}


Identity = UserIdentity | ClientIdentity


def identify(unverified_token: str) -> Identity:
    """Raises TokenInvalid, TokenExpired, WrongTokenType, SessionRevoked, AccountSuspended, ClientDisabled; Unavailable
    if unsure."""
    try:
        identity = _standing_behind(seen.verify_access(unverified_token))
    except Refusal as refusal:
        metrics.VERIFICATIONS.labels(refusal.code).inc()
        raise
    metrics.VERIFICATIONS.labels("active").inc()
    return identity


def _standing_behind(claims: VerifiedClaims) -> Identity:
    match claims.principal:
        case UserPrincipal(user_id=user_id, session_id=session_id) as person:
            return UserIdentity(claims, person, standing.recall_session(user_id=user_id, session_id=session_id))
        case ClientPrincipal(client_id=client_id, epoch=epoch) as service:
            return ClientIdentity(claims, service, standing.recall_client(client_id=client_id, epoch=epoch))
        case _:
            assert_never(claims.principal)


def _answer(claims: VerifiedClaims) -> dict[str, Any]:
    return {
        "active": True,
        "token_type": "access",
        "client_id": claims.client_id,
        "exp": claims.expires_at,
        "iat": claims.issued_at,
        "scope": claims.scope,
    }
