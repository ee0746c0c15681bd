"""Signs tokens for a session, or for a service client. Called after what is behind them is committed: a token must
never outrun its row.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

import structlog

from accounts.conf import auth_settings
from accounts.errors import TokenTooLarge
from accounts.models import PROFILE_FIELDS, KeyPurpose, ServiceClient, Session, User
from accounts.tokens import compact, trusted_keys
from accounts.tokens.claims import ACCESS_TYP
from accounts.tokens.jwt import AccessToken, RefreshToken

log = structlog.get_logger("accounts.tokens")


@dataclass(frozen=True, slots=True)
class TokenPair:
    """Signed tokens and how long each lives, in whole seconds."""

    access: str
    refresh: str
    expires_in: int
    refresh_expires_in: int


@dataclass(frozen=True, slots=True)
class ClientToken:
    """A signed access token, how long it lives in whole seconds, and the scopes in it."""

    access_token: str
    expires_in: int
    scope: str


EMPTY: Final[tuple[object, ...]] = (None, "", [])
"""No claim is made of these, as in OpenID Connect Core section 5.3.2: there are verifiers that refuse empty ones."""

CLAIM_READERS: Final[dict[str, Callable[[User], Any]]] = {
    "groups": lambda user: user.group_names,
    "email": lambda user: user.email,
    "email_verified": lambda user: user.email_verified,
}


LONG_DATE: Final = 10**10 - 1
"""Seconds since the epoch, of ten digits until the year 2286."""
HINT: Final = "Take claims out of AUTH_ACCESS_CLAIMS, groups above all, or the person out of groups."

SPOKEN_FOR: Final = frozenset(
    {"iss", "sub", "aud", "exp", "iat", "nbf", "jti", "sid", "client_id", "auth_time", "amr", "acr", "azp"}
    | {"scope", "roles", "entitlements", "cnf", "act", "may_act"}
)
"""RFC 7519, 9068, 7800 and 8693 say what these mean; a profile field of such a name is no claim."""


def claimable() -> set[str]:
    """What AUTH_ACCESS_CLAIMS may name: nothing that somebody could give themselves a right with."""
    return {*CLAIM_READERS, *PROFILE_FIELDS} - SPOKEN_FOR


def require_room(session: Session, *, at_most: int) -> None:
    """TokenTooLarge where the session's next access token would be longer, or longer than we ourselves take. To be
    asked before the session is opened or renewed; also of one that is not saved yet.
    """
    if not has_room(session, at_most=at_most):
        user, length = str(session.user_id), _length_of_next(session)
        log.error("token_too_large", user=user, length=length, at_most=min(at_most, compact.MAX_LENGTH), hint=HINT)
        raise TokenTooLarge


def has_room(session: Session, *, at_most: int) -> bool:
    """The same, with nothing told."""
    return _length_of_next(session) <= min(at_most, compact.MAX_LENGTH)


def issue(session: Session, *, at: datetime) -> TokenPair:
    """The tokens of the session's current generation, none of which outlives the account: who verifies by keys alone
    hears of nothing else. `at` is now by the database's clock.
    """
    now, session_end = int(at.timestamp()), int(session.ends_at.timestamp())
    expires_at = min(now + int(auth_settings.access_lifetime.total_seconds()), session_end)
    return TokenPair(
        access=str(AccessToken.with_claims(_access_payload(session, now, expires_at))),
        refresh=str(RefreshToken(_refresh_payload(session, session_end), session_secret=bytes(session.secret))),
        expires_in=max(0, expires_at - now),  # the account may have ended since the row was written
        refresh_expires_in=max(0, session_end - now),
    )


def issue_for_client(client: ServiceClient, *, scope: str, at: datetime) -> ClientToken:
    """By which the client speaks for itself; it lives as long as a person's. `at` as in `issue`."""
    now, lifetime = int(at.timestamp()), int(auth_settings.access_lifetime.total_seconds())
    payload = _common_payload(now, now + lifetime)
    payload |= {"sub": client.pk, "sid": str(client.epoch), "client_id": client.pk}
    if scope:
        payload["scope"] = scope
    return ClientToken(str(AccessToken.with_claims(payload)), lifetime, scope)


def _length_of_next(session: Session) -> int:
    """Of its access token, at the most."""
    dates = dict.fromkeys(("iat", "nbf", "exp", "auth_time"), LONG_DATE)
    payload = _access_payload(session, 0, 0) | dates
    return compact.length_of(payload, typ=ACCESS_TYP, key=trusted_keys.signing_key(KeyPurpose.ACCESS))


def asked_claims(user: User) -> dict[str, Any]:
    """What AUTH_ACCESS_CLAIMS asks for, as of now and as far as there is something to say."""
    return {name: value for name in auth_settings.access_claims if (value := _claim(user, name)) not in EMPTY}


def _access_payload(session: Session, now: int, expires_at: int) -> dict[str, Any]:
    """RFC 9068 section 2.2, and what AUTH_ACCESS_CLAIMS asks for."""
    user = session.user
    own = {
        "sub": str(user.pk),
        "sid": str(session.pk),
        "client_id": auth_settings.client_id,
        "auth_time": int(session.created_at.timestamp()),
        "amr": session.amr,
    }
    return asked_claims(user) | _common_payload(now, expires_at) | own


def _common_payload(now: int, expires_at: int) -> dict[str, Any]:
    return {
        "iss": auth_settings.issuer,
        "aud": _one_or_many(auth_settings.audience),
        "exp": expires_at,
        "iat": now,
        "nbf": now,
        "jti": str(uuid4()),
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
