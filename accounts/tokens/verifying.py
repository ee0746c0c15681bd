"""From a token's text to claims that may be believed, or to the reason why not."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from accounts.conf import auth_settings
from accounts.errors import InvalidRefreshToken, TokenExpired, TokenInvalid, WrongTokenType
from accounts.models import KeyPurpose
from accounts.principals import Caller, ClientPrincipal, UserPrincipal
from accounts.tokens import compact, trusted_keys
from accounts.tokens.claims import ACCESS_TYP, REFRESH_TYP, RefreshClaims, VerifiedClaims
from accounts.tokens.compact import UnverifiedJws

LATEST_SECOND: Final = 2**40  # beyond any date that we write; keeps arithmetic on dates from overflowing


def verify_access(unverified_token: str) -> VerifiedClaims:
    """RFC 9068 section 4. Raises TokenInvalid, TokenExpired or WrongTokenType; TemporarilyUnavailable without keys."""
    return _authenticate_access(unverified_token, expired_too=False)


def past_or_present_holder(unverified_access: str) -> Caller:
    """Whose access token it is, or was before it expired: nothing to let anybody in by, and enough to end what it stood
    for. Raises as `verify_access`, but TokenExpired.
    """
    return _authenticate_access(unverified_access, expired_too=True).principal


def _authenticate_access(unverified_token: str, *, expired_too: bool) -> VerifiedClaims:
    jws = compact.take_apart(unverified_token)
    if jws.typ == REFRESH_TYP:
        raise WrongTokenType
    if jws.typ != ACCESS_TYP:
        raise TokenInvalid
    key = trusted_keys.find(jws.kid, KeyPurpose.ACCESS)
    if key is None or not compact.is_signed_by(jws, key):
        raise TokenInvalid
    payload = compact.read_object(jws.payload)
    _check_parties(payload)
    issued_at, not_before, expires_at = _check_dates(payload, expired_too=expired_too)
    return VerifiedClaims(
        principal=_principal(payload),
        key_id=key.kid,
        client_id=_text(payload, "client_id"),
        scope=_scope(payload),
        issued_at=issued_at,
        not_before=not_before,
        expires_at=expires_at,
        text=unverified_token,
    )


def validity(claims: VerifiedClaims) -> tuple[float, float]:
    """From when on the dates hold, and until just before when, in seconds since the epoch."""
    leeway = auth_settings.clock_leeway.total_seconds()
    return max(claims.not_before, claims.issued_at) - leeway, claims.expires_at + leeway


def unverified_session_id(unverified_access: str) -> UUID:
    """Which session an access token says it is of, or TokenInvalid. Neither its signature nor its dates are looked at:
    for a comparison with a session that something else proves, also when the key is gone that signed it.
    """
    jws = compact.take_apart(unverified_access)
    if jws.typ != ACCESS_TYP:
        raise TokenInvalid
    return _uuid(compact.read_object(jws.payload), "sid")


@dataclass(frozen=True, slots=True)
class UnverifiedRefreshToken:
    """A refresh token that names its session, so that the session's secret can be fetched to check it."""

    jws: UnverifiedJws
    unverified_claims: RefreshClaims

    @property
    def session_id(self) -> UUID:
        return self.unverified_claims.session_id


def read_refresh(unverified_token: str) -> UnverifiedRefreshToken:
    """InvalidRefreshToken unless the text has the shape of our refresh tokens; says nothing about its truth."""
    try:
        jws = compact.take_apart(unverified_token)
        if jws.typ != REFRESH_TYP:
            raise TokenInvalid
        payload = compact.read_object(jws.payload)
        claims = RefreshClaims(
            subject=_uuid(payload, "sub"),
            session_id=_uuid(payload, "sid"),
            generation=_second(payload, "gen"),
            issued_at=_second(payload, "iat"),
            expires_at=_second(payload, "exp"),
        )
    except TokenInvalid:
        raise InvalidRefreshToken from None
    if payload.get("iss") != auth_settings.issuer or payload.get("aud") != auth_settings.issuer:
        raise InvalidRefreshToken
    return UnverifiedRefreshToken(jws, claims)


def verify_refresh(unverified: UnverifiedRefreshToken, *, session_secret: bytes) -> RefreshClaims:
    """InvalidRefreshToken unless our key signed it over this session's secret; KeysUnreadable for “can't tell”."""
    key = trusted_keys.find(unverified.jws.kid, KeyPurpose.REFRESH)
    if key is None or not compact.is_signed_by(unverified.jws, key, secret=session_secret):
        raise InvalidRefreshToken
    return unverified.unverified_claims


def _principal(payload: Mapping[str, Any]) -> Caller:
    """A client speaks for itself where it is the subject (RFC 9068 section 2.2), otherwise for a person."""
    client_id, sid = _text(payload, "client_id"), _uuid(payload, "sid")
    if payload.get("sub") == client_id:
        return ClientPrincipal(client_id=client_id, epoch=sid, scopes=frozenset(_scope(payload).split()))
    return UserPrincipal(user_id=_uuid(payload, "sub"), session_id=sid)


def _scope(payload: Mapping[str, Any]) -> str:
    """Empty where there is none."""
    return _text(payload, "scope") if "scope" in payload else ""


def _check_parties(payload: Mapping[str, Any]) -> None:
    """RFC 7519 sections 4.1.1 and 4.1.3: from us, and for one of our audiences."""
    audience = payload.get("aud")
    named = {audience} if isinstance(audience, str) else set(_texts(audience))
    if payload.get("iss") != auth_settings.issuer or named.isdisjoint(auth_settings.audience):
        raise TokenInvalid


def _check_dates(payload: Mapping[str, Any], *, expired_too: bool) -> tuple[int, int, int]:
    """`iat`, `nbf` and `exp`, in seconds since the epoch. All three are required, as whole numbers."""
    leeway, now = auth_settings.clock_leeway.total_seconds(), time.time()
    issued_at, not_before, expires_at = (_second(payload, name) for name in ("iat", "nbf", "exp"))
    if expires_at + leeway <= now and not expired_too:
        raise TokenExpired
    if max(not_before, issued_at) - leeway > now:
        raise TokenInvalid("The token is not valid yet; compare the clocks.")
    return issued_at, not_before, expires_at


def _second(payload: Mapping[str, Any], name: str) -> int:
    value = payload.get(name)
    if type(value) is not int or not 0 <= value < LATEST_SECOND:
        raise TokenInvalid
    return value


def _text(payload: Mapping[str, Any], name: str) -> str:
    value = payload.get(name)
    if not isinstance(value, str):
        raise TokenInvalid
    return value


def _texts(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _uuid(payload: Mapping[str, Any], name: str) -> UUID:
    """In its canonical form alone: `sub` and `sid` are names, and a name has one spelling."""
    text = _text(payload, name)
    try:
        value = UUID(text)
    except ValueError:
        raise TokenInvalid from None
    if str(value) != text:
        raise TokenInvalid
    return value
