"""Why a token is refused, in the order in which the gates look. Whether it is, the gates say; this says it in words."""

import time
from collections.abc import Iterator, Mapping
from typing import Any, Final
from uuid import UUID

from django.utils import timezone

from accounts.conf import auth_settings
from accounts.errors import AccountSuspended, ClientDisabled, Refusal, SessionRevoked
from accounts.keys.ring import ring
from accounts.models import KeyPurpose
from accounts.services.explaining import evidence as known
from accounts.services.explaining import moments
from accounts.services.explaining.dissection import Dissection, shown
from accounts.services.explaining.evidence import Evidence
from accounts.tokens import compact
from accounts.tokens.claims import ACCESS_TYP
from accounts.tokens.verifying import LATEST_SECOND

ALTERED: Final = "its signature is not its key's: the token was altered, or signed with another key under this name"

Claims = Mapping[str, Any]


def of_access(token: str, parts: Dissection, evidence: Evidence | None) -> Iterator[str]:
    """Lazily: each part is looked at only where all before it were in order."""
    header, claims = parts.header or {}, parts.claims or {}
    if parts.flaw:
        yield parts.flaw
    if header.get("typ") != ACCESS_TYP:
        yield f"its typ is {shown(header.get('typ'))}; an access token's is {ACCESS_TYP}"
    yield from _of_signature(token, KeyPurpose.ACCESS, evidence)
    yield from _of_payload(parts)
    yield from _of_issuer(claims)
    audience = claims.get("aud")
    named = audience if isinstance(audience, list) else [audience]
    if not any(name in auth_settings.audience for name in named if isinstance(name, str)):
        yield f"audience is {sent(claims, 'aud')}, this service's is {shown(auth_settings.audience)}"
    yield from _of_numbers(claims, "iat", "nbf", "exp")
    yield from _of_dates(claims)
    yield from _of_names(claims, *(["sid"] if parts.is_service else ["sub", "sid"]))
    yield from _of_texts(claims)
    if evidence is not None and (refusal := _of_holder(parts, evidence)):
        yield refusal[1]


def of_refresh(token: str, parts: Dissection, evidence: Evidence | None) -> Iterator[str]:
    """Up to its authenticity; what its generation means is for `explaining`."""
    claims = parts.claims or {}
    if parts.flaw:
        yield parts.flaw
    yield from _of_payload(parts)
    yield from _of_names(claims, "sub", "sid")
    yield from _of_numbers(claims, "gen", "iat", "exp")
    yield from _of_issuer(claims)
    if claims.get("aud") != auth_settings.issuer:
        yield f"audience is {sent(claims, 'aud')}; a refresh token is for its issuer alone"
    if evidence is not None and evidence.session is None:
        yield _of_lost_session(evidence)
    elif evidence is not None and evidence.session is not None:
        yield from _of_signature(token, KeyPurpose.REFRESH, evidence, secret=bytes(evidence.session.secret))


def of_standing(evidence: Evidence, *, expired: type[Refusal]) -> tuple[type[Refusal], str] | None:
    """Of a token that is authentic; the gates of access and of refresh tokens call an `expired` session differently."""
    session, of_session = evidence.session, f"its session {known.session_in_words(evidence)}"
    if session is None:
        return SessionRevoked, _of_lost_session(evidence)
    if session.user.deletion_requested_at is not None:
        return SessionRevoked, f"its user {known.user_in_words(evidence)}"
    if not session.user.may_come_in(session.read_at):
        return AccountSuspended, f"its user {known.user_in_words(evidence)}"
    if session.revoked_at is not None or session.credentials_version != session.user.credentials_version:
        return SessionRevoked, of_session
    return (expired, of_session) if session.expires_at <= session.read_at else None


def _of_holder(parts: Dissection, evidence: Evidence) -> tuple[type[Refusal], str] | None:
    """What an access token stands on: a client, or a session."""
    if not parts.is_service:
        return of_standing(evidence, expired=SessionRevoked)
    if evidence.client is None or not evidence.client.is_active:
        return ClientDisabled, f"its client {known.client_in_words(evidence)}"
    return None if evidence.is_present_epoch else (SessionRevoked, f"its sid {known.epoch_in_words(evidence)}")


def _of_lost_session(evidence: Evidence) -> str:
    if evidence.deletion is not None and not evidence.is_others_session:
        return f"its user {known.user_in_words(evidence)}"
    return f"its session {known.session_in_words(evidence)}"


def sent(claims: Claims, name: str) -> str:
    return shown(claims[name]) if name in claims else "missing"


def _of_signature(token: str, purpose: KeyPurpose, evidence: Evidence | None, *, secret: bytes = b"") -> Iterator[str]:
    jws = compact.take_apart(token)
    key = ring.find(jws.kid, purpose)
    if key is None:
        yield f"signed by key {shown(jws.kid)}, which {_why_not_taken(purpose, evidence)}"
    elif jws.alg != key.algorithm:
        yield f"its header says {shown(jws.alg)}, and its key signs with {key.algorithm}"
    elif not compact.is_signed_by(jws, key, secret=secret):
        yield ALTERED


def _why_not_taken(purpose: KeyPurpose, evidence: Evidence | None) -> str:
    if evidence is None:
        return "is not taken here"
    if evidence.key is not None and evidence.key.purpose != purpose:
        return f"is for {evidence.key.purpose} tokens, not for {purpose} tokens"
    return known.key_in_words(evidence)


def _of_payload(parts: Dissection) -> Iterator[str]:
    if parts.claims is None:
        yield "its payload is no JSON object"


def _of_issuer(claims: Claims) -> Iterator[str]:
    if claims.get("iss") != auth_settings.issuer:
        yield f"issuer is {sent(claims, 'iss')}, this service is {shown(auth_settings.issuer)}"


def _of_numbers(claims: Claims, *names: str) -> Iterator[str]:
    for name in names:
        value = claims.get(name)
        if type(value) is not int or not 0 <= value < LATEST_SECOND:
            yield f"{name} is {sent(claims, name)}, and has to be a whole number in range"


def _of_dates(claims: Claims) -> Iterator[str]:
    leeway, now = auth_settings.clock_leeway.total_seconds(), time.time()
    allowance = f"(leeway {leeway:.0f} s)"
    if claims["exp"] + leeway <= now:
        yield f"expired at {_told(claims['exp'])} {allowance}"
    beginning = max(claims["nbf"], claims["iat"])
    if beginning - leeway > now:
        yield f"good only from {_told(beginning)} {allowance}; compare the clocks"


def _of_names(claims: Claims, *names: str) -> Iterator[str]:
    for name in names:
        if not _is_canonical(claims.get(name)):
            yield f"{name} is {sent(claims, name)}, and has to be a UUID in its canonical form"


def _of_texts(claims: Claims) -> Iterator[str]:
    for name in ("client_id", "scope") if "scope" in claims else ("client_id",):
        if not isinstance(claims.get(name), str):
            yield f"{name} is {sent(claims, name)}, and has to be text"


def _is_canonical(value: object) -> bool:
    try:
        return isinstance(value, str) and str(UUID(value)) == value
    except ValueError:
        return False


def _told(second: int) -> str:
    moment = moments.from_claim(second)
    return f"second {second:,}" if moment is None else moments.told(moment, now=timezone.now())
