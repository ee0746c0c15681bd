"""The one gate: from a raw token to whoever is behind it, for every door alike."""

from dataclasses import dataclass
from typing import Any

from accounts import metrics
from accounts.errors import Refusal
from accounts.models import Session, User
from accounts.principals import UserPrincipal
from accounts.tokens import standing, verifying
from accounts.tokens.claims import VerifiedClaims
from accounts.tokens.jwt import AccessToken


@dataclass(frozen=True, slots=True)
class Identity:
    """A token that is believed: its claims, and who stands behind it at present."""

    claims: VerifiedClaims
    session: Session

    @property
    def user(self) -> User:
        return self.session.user

    @property
    def principal(self) -> UserPrincipal:
        return UserPrincipal(user_id=self.claims.subject, session_id=self.claims.session_id)

    def as_answer(self) -> dict[str, Any]:
        """What a verifier is told: the claims that name things, and the present state of the user."""
        claims, user = self.claims, self.user
        return {
            "active": True,
            "token_type": "access",
            "sub": str(claims.subject),
            "sid": str(claims.session_id),
            "client_id": claims.client_id,
            "exp": claims.expires_at,
            "iat": claims.issued_at,
            "scope": "",
            "groups": user.group_names,
            "user": user,
        }

    @property
    def token(self) -> AccessToken:
        """As simplejwt's users know it."""
        return AccessToken.with_claims(self.claims.payload)


def identify(unverified_token: str) -> Identity:
    """Raises TokenInvalid, TokenExpired, WrongTokenType, SessionRevoked, AccountSuspended; Unavailable if unsure."""
    try:
        claims = verifying.verify_access(unverified_token)
        session = standing.recall(user_id=claims.subject, session_id=claims.session_id)
    except Refusal as refusal:
        metrics.VERIFICATIONS.labels(refusal.code).inc()
        raise
    metrics.VERIFICATIONS.labels("active").inc()
    return Identity(claims=claims, session=session)
