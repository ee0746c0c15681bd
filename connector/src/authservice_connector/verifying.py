"""From a token's text to claims whose signature, type, parties and dates hold (RFC 9068 section 4).

Whether what is behind a token still stands is another question, which `gate` answers.
"""

import threading
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from authservice_connector import compact
from authservice_connector.claims import ACCESS_TYP, REFRESH_TYP, VerifiedClaims, of_payload
from authservice_connector.compact import UnverifiedJws
from authservice_connector.errors import TokenExpired, TokenInvalid, WrongTokenType
from authservice_connector.keys import KeySet, VerificationKey

__all__ = ["Verifier", "check_unverified"]

MAX_REMEMBERED: Final = 10_000
LATEST_SECOND: Final = 2**40


@dataclass(frozen=True, slots=True)
class _Remembered:
    claims: VerifiedClaims
    key: VerificationKey


class Verifier:
    """Thread-safe. Remembers good signatures, never bad ones; a signature is worth what its key is worth now."""

    def __init__(self, *, issuer: str, audience: str, leeway_seconds: int, keys: KeySet) -> None:
        self._issuer, self._audience, self._leeway, self._keys = issuer, audience, leeway_seconds, keys
        self._lock = threading.Lock()
        self._remembered: dict[str, _Remembered] = {}

    def verify(self, unverified_token: str) -> VerifiedClaims:
        """TokenInvalid, TokenExpired or WrongTokenType; CannotTell while the key can't be had.

        Up to `leeway_seconds` after its end a token passes: whether it is over, only its maker's clock can say.
        """
        known = self._remembered.get(unverified_token)
        if known is not None and self._keys.holds(known.key):
            _check_end(known.claims.expires_at, self._leeway)
            return known.claims
        claims, key = self._verify(unverified_token)
        self._remember(unverified_token, _Remembered(claims, key))
        return claims

    def _verify(self, unverified_token: str) -> tuple[VerifiedClaims, VerificationKey]:
        jws = _take_apart(unverified_token)
        unverified_issued_at = _second(jws.unverified_payload, "iat")
        key = self._keys.find(jws.kid, unverified_issued_at=unverified_issued_at)
        if jws.alg != key.algorithm or not key.has_signed(jws.signing_input, jws.signature):
            raise TokenInvalid
        return self._checked(jws.unverified_payload), key

    def _checked(self, payload: Mapping[str, Any]) -> VerifiedClaims:
        if payload.get("iss") != self._issuer or self._audience not in _audiences(payload.get("aud")):
            raise TokenInvalid
        issued_at, not_before, expires_at = (_second(payload, name) for name in ("iat", "nbf", "exp"))
        _check_end(expires_at, self._leeway)
        if max(issued_at, not_before) - self._leeway > time.time():
            raise TokenInvalid("The token is not valid yet; compare the clocks.")
        try:
            return of_payload(payload)
        except ValueError:
            raise TokenInvalid from None

    def _remember(self, token: str, remembered: _Remembered) -> None:
        """The oldest goes."""
        with self._lock:
            while len(self._remembered) >= MAX_REMEMBERED:
                del self._remembered[next(iter(self._remembered))]
            self._remembered[token] = remembered


def check_unverified(unverified_token: str, *, audience: str, leeway_seconds: int) -> None:
    """TokenInvalid, TokenExpired or WrongTokenType for what can be no good token whoever signed it. An empty
    `audience` is anybody's.
    """
    payload = _take_apart(unverified_token).unverified_payload
    if audience and audience not in _audiences(payload.get("aud")):
        raise TokenInvalid
    _check_end(_second(payload, "exp"), leeway_seconds)


def _take_apart(unverified_token: str) -> UnverifiedJws:
    jws = compact.take_apart(unverified_token)
    if jws.typ == REFRESH_TYP:
        raise WrongTokenType
    if jws.typ != ACCESS_TYP:
        raise TokenInvalid
    return jws


def _check_end(expires_at: int, leeway_seconds: int) -> None:
    if expires_at + leeway_seconds <= time.time():
        raise TokenExpired


def _audiences(value: object) -> Collection[str]:
    if isinstance(value, str):
        return (value,)
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else ()


def _second(payload: Mapping[str, Any], name: str) -> int:
    value = payload.get(name)
    if type(value) is not int or not 0 <= value < LATEST_SECOND:
        raise TokenInvalid
    return value
