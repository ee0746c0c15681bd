"""JWS compact serialisation (RFC 7515 section 7.1), in the one form that the auth service writes."""

import binascii
import json
import re
from base64 import urlsafe_b64decode
from dataclasses import dataclass
from typing import Any, Final

from authservice_connector.errors import TokenInvalid

MAX_LENGTH: Final = 8192
SHAPE: Final = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)")
HEADER_MEMBERS: Final = {"typ", "alg", "kid"}


@dataclass(frozen=True, slots=True)
class UnverifiedJws:
    """A token taken apart. Nothing in it is to be believed yet."""

    typ: str
    alg: str
    kid: str
    unverified_payload: dict[str, Any]
    signature: bytes
    signing_input: bytes


def take_apart(unverified_token: str) -> UnverifiedJws:
    """TokenInvalid unless it is three base64url parts under a header of exactly `typ`, `alg` and `kid`: whatever else
    could redirect a verifier (`crit`, `jku`, `jwk`, `x5u`) never reaches one.
    """
    if len(unverified_token) > MAX_LENGTH or not (match := SHAPE.fullmatch(unverified_token)):
        raise TokenInvalid
    header = _object(match[1])
    if set(header) != HEADER_MEMBERS or not all(isinstance(value, str) for value in header.values()):
        raise TokenInvalid
    return UnverifiedJws(
        **header,
        unverified_payload=_object(match[2]),
        signature=_decoded(match[3]),
        signing_input=unverified_token[: match.end(2)].encode("ascii"),
    )


def _object(part: str) -> dict[str, Any]:
    try:
        value = json.loads(_decoded(part))
    except (ValueError, RecursionError):
        raise TokenInvalid from None
    if not isinstance(value, dict):
        raise TokenInvalid
    return value


def _decoded(part: str) -> bytes:
    try:
        return urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except binascii.Error:
        raise TokenInvalid from None
