"""Signs tokens for a session. Called after the session is committed: a token must never outrun its row."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from accounts.conf import auth_settings
from accounts.models import PROFILE_FIELDS, Session, User
from accounts.tokens.jwt import AccessToken, RefreshToken


@dataclass(frozen=True, slots=True)
class TokenPair:
    """Signed tokens and how long each lives, in whole seconds."""

    access: str
    refresh: str
    expires_in: int
    refresh_expires_in: int


CLAIM_READERS: Final[dict[str, Callable[[User], Any]]] = {
    "groups": lambda user: user.group_names,
    "email": lambda user: user.email,
    "email_verified": lambda user: user.email_verified,
}


def claimable() -> set[str]:
    """What AUTH_ACCESS_CLAIMS may name."""
    return {*CLAIM_READERS, *PROFILE_FIELDS}


def issue(session: Session, *, at: datetime) -> TokenPair:
    """The tokens of the session's current generation. `at` is now by the database's clock."""
    now, session_end = int(at.timestamp()), int(session.expires_at.timestamp())
    expires_at = min(now + int(auth_settings.access_lifetime.total_seconds()), session_end)
    return TokenPair(
        access=str(AccessToken.with_claims(_access_payload(session, now, expires_at))),
        refresh=str(RefreshToken(_refresh_payload(session, session_end), session_secret=bytes(session.secret))),
        expires_in=expires_at - now,
        refresh_expires_in=session_end - now,
    )


def _access_payload(session: Session, now: int, expires_at: int) -> dict[str, Any]:
    """RFC 9068 section 2.2, and what AUTH_ACCESS_CLAIMS asks for."""
    user = session.user
    asked = {name: _claim(user, name) for name in auth_settings.access_claims}
    return asked | {
        "iss": auth_settings.issuer,
        "sub": str(user.pk),
        "aud": _one_or_many(auth_settings.audience),
        "exp": expires_at,
        "iat": now,
        "nbf": now,
        "jti": str(uuid4()),
        "sid": str(session.pk),
        "client_id": auth_settings.client_id,
        "auth_time": int(session.created_at.timestamp()),
        "amr": session.amr,
    }


def _refresh_payload(session: Session, expires_at: int) -> dict[str, Any]:
    """A function of the row alone, so that asking again within the grace gives the same token. For the issuer alone."""
    return {
        "iss": auth_settings.issuer,
        "aud": auth_settings.issuer,
        "sub": str(session.user_id),
        "sid": str(session.pk),
        "gen": session.generation,
        "iat": int(session.rotated_at.timestamp()),
        "exp": expires_at,
    }


def _claim(user: User, name: str) -> Any:
    if reader := CLAIM_READERS.get(name):
        return reader(user)
    value = getattr(user, name)
    return value if isinstance(value, bool | int | float | None) else str(value)


def _one_or_many(values: list[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else values
