"""JWS compact serialisation (RFC 7515 section 7.1), in the one form that we write: nothing optional is read."""

import binascii
import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from accounts.errors import TokenInvalid, TokenTooLarge
from accounts.keys.key import RingKey

MAX_LENGTH: Final = 8192
SHAPE: Final = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)")
HEADER_MEMBERS: Final = {"typ", "alg", "kid"}
JSON: Final = json.JSONEncoder(separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class UnverifiedJws:
    """A token taken apart. Nothing in it is to be believed yet."""

    typ: str
    alg: str
    kid: str
    payload: bytes
    signature: bytes
    signing_input: bytes


def encode(payload: Mapping[str, Any], *, typ: str, key: RingKey, secret: bytes = b"") -> str:
    """Sign; `secret` is mixed into the signature without being sent. TokenTooLarge for what `take_apart` refuses."""
    signing_input = _signing_input(payload, typ, key)
    signature = key.signer.Algorithm.sign(signing_input + secret, key.signer.key)
    token = f"{signing_input.decode('ascii')}.{_as_text(signature)}"
    if len(token) > MAX_LENGTH:
        raise TokenTooLarge
    return token


def length_of(payload: Mapping[str, Any], *, typ: str, key: RingKey) -> int:
    """How long `encode` would make it, without the cost of a signature."""
    return len(_signing_input(payload, typ, key)) + 1 + -(-key.signature_bytes * 4 // 3)


def take_apart(unverified_token: str) -> UnverifiedJws:
    """TokenInvalid unless it is three base64url parts under a header of exactly `typ`, `alg` and `kid`.

    So `crit`, `b64`, `jku`, `jwk`, `x5u` and whatever else could redirect a verifier never reaches one.
    """
    if len(unverified_token) > MAX_LENGTH or not (match := SHAPE.fullmatch(unverified_token)):
        raise TokenInvalid
    signature = _decoded(match[3])
    if not is_spelling_of(signature, match[3]):
        raise TokenInvalid
    signing_input = unverified_token[: match.end(2)].encode("ascii")
    return UnverifiedJws(
        *_read_header(match[1]), payload=_decoded(match[2]), signature=signature, signing_input=signing_input
    )


def is_spelling_of(raw: bytes, part: str) -> bool:
    """Whether it is the one that we write. The last character may have idle bits, so there are others."""
    return _as_text(raw) == part


def is_signed_by(jws: UnverifiedJws, key: RingKey, *, secret: bytes = b"") -> bool:
    """The algorithm is the key's own, whatever the header would like (RFC 8725 section 3.1)."""
    if jws.alg != key.algorithm:
        return False
    return bool(key.verifier.Algorithm.verify(jws.signing_input + secret, key.verifier.key, jws.signature))


def read_object(raw: bytes) -> dict[str, Any]:
    """A JSON object, or TokenInvalid."""
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        raise TokenInvalid from None
    if not isinstance(value, dict):
        raise TokenInvalid
    return value


def payload_of(token: str) -> dict[str, Any]:
    """Of one that `take_apart` has taken."""
    return read_object(_decoded(token.split(".")[1]))


@lru_cache(maxsize=64)
def _read_header(part: str) -> tuple[str, str, str]:
    """`typ`, `alg` and `kid`: the same for all tokens of one key."""
    header = read_object(_decoded(part))
    if set(header) != HEADER_MEMBERS or not all(isinstance(value, str) for value in header.values()):
        raise TokenInvalid
    return header["typ"], header["alg"], header["kid"]


def _signing_input(payload: Mapping[str, Any], typ: str, key: RingKey) -> bytes:
    return f"{_header(typ, str(key.algorithm), key.kid)}.{_encoded(payload)}".encode("ascii")


@lru_cache(maxsize=64)
def _header(typ: str, algorithm: str, kid: str) -> str:
    """There are as many as keys that sign."""
    return _encoded({"typ": typ, "alg": algorithm, "kid": kid})


def _encoded(value: Mapping[str, Any]) -> str:
    return _as_text(JSON.encode(value).encode())


def _as_text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def _decoded(part: str) -> bytes:
    try:
        return urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except binascii.Error:
        raise TokenInvalid from None
