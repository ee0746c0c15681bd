"""The auth service's public keys: fetched, kept for a while, and really forgotten once they are withdrawn."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final

import jwt

from authservice_connector import clock
from authservice_connector.errors import CannotTell, TokenInvalid

__all__ = ["KeySet", "VerificationKey"]

ALGORITHMS: Final = frozenset({"ES256", "RS256", "EdDSA"})
"""Asymmetric ones alone: what is public must not be able to sign (RFC 8725 section 3.1)."""

MAX_AGE_SECONDS: Final = 300.0
STALE_SECONDS: Final = 3600.0
"""Beyond its age a set serves on for so long while no other can be had; then nobody can tell."""

UNKNOWN_KID_SECONDS: Final = 30.0
"""Strangers can make up names of keys: at most one fetch in so long is theirs to cause."""

RENEWED_AFTER_SECONDS: Final = 240.0
"""Where somebody renews ahead, no request waits for it."""

WAIT_SECONDS: Final = 2.5
"""For somebody else's fetch: longer than one takes."""

FAILED_SECONDS: Final = 1.0
"""Whoever waited for a fetch that failed does not try another one at once."""

TRIED_WHILE_SERVED_EVERY_SECONDS: Final = 20.0
"""A fetch that fails takes its time; while there is a set that serves, nobody has to spend it."""

WITHDRAWN_SECONDS: Final = 26 * 3600.0
"""For longer than any token of such a key lives (AUTH_ACCESS_LIFETIME is a day at most), and any set or cached answer
that still has it serves.
"""

CLOCKS_APART_SECONDS: Final = 30
NEVER: Final = float("-inf")
NOT_TO_BE_HAD: Final = "The auth service's keys can't be had."


@dataclass(frozen=True, slots=True)
class VerificationKey:
    """A public key, which has exactly one algorithm."""

    kid: str
    algorithm: str
    _parsed: jwt.PyJWK

    def has_signed(self, signing_input: bytes, signature: bytes) -> bool:
        return bool(self._parsed.Algorithm.verify(signing_input, self._parsed.key, signature))


@dataclass(frozen=True, slots=True)
class _Fetched:
    """A set as it was answered; `sent_at` by `clock`, `sent_on` by the calendar: both from before it was asked for."""

    keys: Mapping[str, VerificationKey]
    sent_at: float
    sent_on: float


NOTHING: Final = _Fetched({}, NEVER, NEVER)


class KeySet:
    """Thread-safe. `fetch` gets the JWKS document or raises CannotTell."""

    def __init__(self, fetch: Callable[[], Mapping[str, Any]]) -> None:
        self._fetch = fetch
        self._fetched = NOTHING
        self._fetching = threading.Lock()
        self._unknown_asked_at = self._failed_at = NEVER
        self._withdrawn: dict[str, float] = {}

    def holds(self, key: VerificationKey) -> bool:
        """Whether this very key is one of the set in use."""
        return self._fetched.keys.get(key.kid) is key and not self._is_withdrawn(key.kid)

    def find(self, unverified_kid: str, *, unverified_issued_at: int) -> VerificationKey:
        """TokenInvalid where it is withdrawn, or a set that is younger than the token does not have it; CannotTell
        without such a set.
        """
        if self._is_withdrawn(unverified_kid):
            raise TokenInvalid
        self._renew_if_old()
        if (key := self._fetched.keys.get(unverified_kid)) is not None:
            return key
        self._fetch_for_unknown()
        if (key := self._fetched.keys.get(unverified_kid)) is not None:
            return key
        if self._fetched.sent_on > unverified_issued_at + CLOCKS_APART_SECONDS:
            raise TokenInvalid
        raise CannotTell("The token names a key that is not known yet.", retry_after=self._seconds_to_wait())

    def refetch(self) -> None:
        """Now, because a notice says that keys have changed. CannotTell if it can't be done."""
        with self._turn():
            self._load()

    def renew_ahead(self) -> None:
        """Before a request has to. In vain is no trouble yet."""
        now = clock.now()
        was_tried = now - self._failed_at < TRIED_WHILE_SERVED_EVERY_SECONDS
        if now - self._fetched.sent_at > RENEWED_AFTER_SECONDS and not was_tried:
            with suppress(CannotTell):
                self.refetch()

    def withdraw(self, kid: str) -> None:
        """Whatever set is fetched next: it may be an older one than the notice that says so."""
        now = clock.now()
        standing = {each: until for each, until in self._withdrawn.items() if until > now}
        self._withdrawn = standing | {kid: now + WITHDRAWN_SECONDS}

    def forget_withdrawn(self) -> None:
        """The log that said so is not the one that is read now."""
        self._withdrawn = {}

    def _is_withdrawn(self, kid: str) -> bool:
        return clock.now() < self._withdrawn.get(kid, NEVER)

    def _renew_if_old(self) -> None:
        """One at a time; whoever comes meanwhile goes on with the old set, for as long as that serves."""
        age = clock.now() - self._fetched.sent_at
        if age <= MAX_AGE_SECONDS:
            return
        must_wait = age > MAX_AGE_SECONDS + STALE_SECONDS
        if must_wait:
            with self._turn():
                self._load_if_still_old(unless_failed_for=FAILED_SECONDS)
        else:
            with suppress(CannotTell), self._turn(wait_seconds=0):
                self._load_if_still_old(unless_failed_for=TRIED_WHILE_SERVED_EVERY_SECONDS)

    def _load_if_still_old(self, *, unless_failed_for: float) -> None:
        """Within a turn. A queue of callers is not to try one by one what was just tried in vain."""
        now = clock.now()
        if now - self._fetched.sent_at <= MAX_AGE_SECONDS:
            return
        if now - self._failed_at < unless_failed_for:
            raise CannotTell(NOT_TO_BE_HAD)
        self._load()

    def _fetch_for_unknown(self) -> None:
        with self._turn():
            if clock.now() - self._unknown_asked_at < UNKNOWN_KID_SECONDS:
                return
            self._unknown_asked_at = clock.now()
            self._load()

    @contextmanager
    def _turn(self, *, wait_seconds: float = WAIT_SECONDS) -> Iterator[None]:
        """Nobody else fetches meanwhile. CannotTell if somebody does for too long."""
        if not self._fetching.acquire(timeout=wait_seconds):
            raise CannotTell(NOT_TO_BE_HAD)
        try:
            yield
        finally:
            self._fetching.release()

    def _load(self) -> None:
        """Within a turn. A failure counts from its end: those who waited for it are behind it."""
        sent_at, sent_on = clock.now(), time.time()
        try:
            keys = _parsed(self._fetch(), self._fetched.keys)
        except CannotTell:
            self._failed_at = clock.now()
            raise
        self._fetched = _Fetched(keys, sent_at, sent_on)

    def _seconds_to_wait(self) -> int:
        return max(1, round(UNKNOWN_KID_SECONDS - (clock.now() - self._unknown_asked_at)))


def _parsed(document: Mapping[str, Any], known: Mapping[str, VerificationKey]) -> dict[str, VerificationKey]:
    """RFC 7517 section 5: what is not understood is passed over. CannotTell for what is no key set, or one of no use.

    A key that is known already stays the same object, so that what was verified with it goes on to hold.
    """
    entries = document.get("keys")
    if not isinstance(entries, list):
        raise CannotTell("What was answered is no key set.")
    found: dict[str, VerificationKey] = {}
    for entry in entries:
        if not isinstance(entry, dict) or not all(isinstance(entry.get(name), str) for name in ("kid", "alg")):
            continue
        if entry["alg"] not in ALGORITHMS:
            continue
        try:
            key = VerificationKey(entry["kid"], entry["alg"], jwt.PyJWK(entry))
        except (jwt.PyJWTError, ValueError, TypeError):
            continue
        before = known.get(key.kid)
        found[key.kid] = before if before is not None and _are_same(before, key) else key
    if not found:  # whoever answered so signs with something else
        raise CannotTell("What was answered has no key that is of use here.")
    return found


def _are_same(one: VerificationKey, other: VerificationKey) -> bool:
    return one.algorithm == other.algorithm and one._parsed.Algorithm.to_jwk(  # noqa: SLF001
        one._parsed.key  # noqa: SLF001
    ) == other._parsed.Algorithm.to_jwk(other._parsed.key)  # noqa: SLF001
