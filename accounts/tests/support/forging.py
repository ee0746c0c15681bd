"""Tokens that somebody altered: signed with the ring's own keys, so that only what was altered can be refused."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from accounts.keys.key import RingKey
from accounts.keys.ring import ring
from accounts.models import KeyPurpose, Session
from accounts.tokens.claims import REFRESH_TYP


def part(value: Any) -> str:
    """One part of a compact token: bytes as they are, anything else as JSON."""
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def header_of(token: str) -> dict[str, Any]:
    return _read(token, 0)


def claims_of(token: str) -> dict[str, Any]:
    return _read(token, 1)


def _read(token: str, index: int) -> dict[str, Any]:
    text = token.split(".")[index]
    found: dict[str, Any] = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return found


def signed(header: Any, payload: Any, *, key: RingKey, secret: bytes = b"") -> str:
    signing_input = f"{part(header)}.{part(payload)}"
    signature = key.signer.Algorithm.sign(signing_input.encode() + secret, key.signer.key)
    return f"{signing_input}.{part(signature)}"


def resigned(
    token: str,
    *,
    header: Mapping[str, Any] | None = None,
    claims: Mapping[str, Any] | None = None,
    without: Collection[str] = (),
) -> str:
    """The token with other header members and claims, signed as truly as the original."""
    names = claims_of(token) | dict(claims or {})
    payload = {name: value for name, value in names.items() if name not in without}
    return sealed(token, header_of(token) | dict(header or {}), payload)


def sealed(token: str, header: Any, payload: Any) -> str:
    """Any header over any payload, signed with the key (and session secret) that the original was signed with."""
    original = header_of(token)
    is_refresh = original["typ"] == REFRESH_TYP
    key = ring.find(original["kid"], KeyPurpose.REFRESH if is_refresh else KeyPurpose.ACCESS)
    assert key is not None
    secret = bytes(Session.objects.get(pk=UUID(claims_of(token)["sid"])).secret) if is_refresh else b""
    return signed(header, payload, key=key, secret=secret)
