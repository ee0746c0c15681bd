"""What the auth service publishes: that it is there, under which name, with which keys, and how its clock goes."""

import time
from collections.abc import Iterator

from authservice_connector.conf import connector_settings
from authservice_connector.current import jwks
from authservice_connector.doctor.findings import Finding
from authservice_connector.feed import seconds_apart
from authservice_connector.follower import MAX_CLOCKS_APART_SECONDS
from authservice_connector.keys import ALGORITHMS
from authservice_connector.transport import Answer, Transport


def examine(transport: Transport) -> Iterator[Finding]:
    """CannotTell if nobody is there."""
    sent_on = time.time()
    answer = transport.get("/.well-known/oauth-authorization-server")
    answered_on = time.time()
    yield Finding("url", connector_settings.url)
    yield _issuer(answer)
    yield _clock(seconds_apart(answer.date, sent_on, answered_on))
    yield _keys(transport)


def _issuer(answer: Answer) -> Finding:
    told, expected = answer.document.get("issuer"), connector_settings.issuer
    if told == expected:
        return Finding("issuer", expected)
    if not isinstance(told, str):
        text = f"GET /.well-known/oauth-authorization-server is answered with {answer.status}"
        return Finding("issuer", text, fix="is what answers an auth service, and lets a proxy that path through?")
    return Finding(
        "issuer", f"{told}, and not {expected}", fix=f'AUTHSERVICE["ISSUER"] = "{told}", if that is who is meant'
    )


def _clock(apart: float | None) -> Finding:
    """As the follower compares them, for tokens pass where what refuses them is followed."""
    if apart is None:
        return Finding("clock", "not to be compared: the answer has no Date")
    told = f"{abs(apart):.0f} s {'behind' if apart > 0 else 'ahead of'} the auth service's"
    if abs(apart) <= min(connector_settings.leeway_seconds, MAX_CLOCKS_APART_SECONDS):
        return Finding("clock", told)
    return Finding("clock", told, fix="set both clocks by NTP; tokens are refused, or believed for too long")


def _keys(transport: Transport) -> Finding:
    entries = jwks(transport).get("keys")
    usable = [entry for entry in entries or () if isinstance(entry, dict) and entry.get("alg") in ALGORITHMS]
    fix = "" if usable else "make one there with `manage.py ensure_keys`"
    return Finding("keys", f"{len(usable)} to verify with", fix=fix)
