"""What this service is to the auth service: its credentials, for whom its tokens are, and what it may do there."""

from collections.abc import Generator, Iterator
from functools import partial
from typing import Final

from authservice_connector import compact
from authservice_connector.claims import VerifiedClaims
from authservice_connector.conf import ConnectorSettings, connector_settings
from authservice_connector.credentials import ServiceToken
from authservice_connector.current import jwks
from authservice_connector.doctor.findings import Finding
from authservice_connector.errors import CannotTell, Refused, TokenInvalid
from authservice_connector.keys import KeySet
from authservice_connector.transport import Transport
from authservice_connector.verifying import Verifier

NOTICES: Final = "notices:read"
SCOPES: Final = (NOTICES, "users:read")
NO_CURSOR: Final = "doctor"
"""Whoever is expected to acknowledge is told that this is no cursor; whoever is not, that they may not."""


def without(settings: ConnectorSettings) -> Finding:
    """It works without any; one of the two alone is a slip."""
    if settings.has_half_credentials:
        return Finding(
            "credentials", "CLIENT_ID and CLIENT_SECRET go together", fix="set both in AUTHSERVICE, or neither"
        )
    return Finding("credentials", "none: each token is asked about, and nobody is mirrored ahead (W001)")


def examine(transport: Transport, token: ServiceToken) -> Generator[Finding, None, VerifiedClaims | None]:
    """What the token says, if it is to be believed and lets the log be followed."""
    try:
        raw = token.get()
    except CannotTell as exc:
        fix = "make a client with `manage.py create_client` there, or a new secret with `rotate_client_secret`"
        yield Finding("credentials", str(exc), fix=fix)
        return None
    yield Finding("credentials", "good")
    audience, claims = _audience(transport, raw)
    yield audience
    if claims is None:
        return None
    yield from _scopes(claims)
    if NOTICES not in claims.scopes:
        return None
    yield _personal_data(transport, raw)
    return claims


def _audience(transport: Transport, raw: str) -> tuple[Finding, VerifiedClaims | None]:
    """Its own token goes through what everybody's goes through."""
    ours = connector_settings.audience
    verifier = Verifier(
        issuer=connector_settings.issuer,
        audience=ours,
        leeway_seconds=connector_settings.leeway_seconds,
        keys=KeySet(partial(jwks, transport)),
    )
    try:
        return Finding("audience", ours), verifier.verify(raw)
    except (Refused, CannotTell) as exc:
        theirs, detail = _audience_of(raw), str(exc)
    if theirs is not None and ours != theirs and ours not in theirs:
        told = f"tokens are made for {theirs!r}, and not for {ours!r}"
        return Finding("audience", told, fix='set AUTHSERVICE["AUDIENCE"] to it'), None
    fix = "the issuer, the clock or the keys of above are not those of who made the token"
    return Finding("tokens", f"this service's own is not believed here: {detail}", fix=fix), None


def _audience_of(raw: str) -> str | list[str] | None:
    try:
        unverified: str | list[str] | None = compact.take_apart(raw).unverified_payload.get("aud")
    except TokenInvalid:
        return None
    return unverified


def _scopes(claims: VerifiedClaims) -> Iterator[Finding]:
    for scope in SCOPES:
        fix = f"give it the scope there: PATCH /clients/{claims.client_id}"
        told = "granted" if scope in claims.scopes else "not granted"
        yield Finding(f"scope {scope}", told, fix="" if scope in claims.scopes else fix)


def _personal_data(transport: Transport, raw: str) -> Finding:
    """There is a copy of people here: deletions have to wait for it."""
    answer = transport.post_json("/notices/ack", {"cursor": NO_CURSOR}, bearer=raw)
    if answer.status in {400, 410}:
        return Finding("personal data", "deletions wait until this service has acknowledged them")
    if answer.status != 403:  # noqa: PLR2004
        return Finding("personal data", f"not to be told now (status {answer.status})", fix="ask again in a minute")
    fix = "set `holds_personal_data` of the client there: PATCH /clients/{id}"
    return Finding("personal data", "no deletion waits for this service", fix=fix)
