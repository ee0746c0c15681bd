"""The ring of a process: parsed once, read anew when it has aged or a key is unknown, and kept through an outage."""

import os
import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from django.db import DatabaseError, InterfaceError
from django.utils import timezone

from accounts import clock, metrics
from accounts.errors import KeysUnreadable, TemporarilyUnavailable
from accounts.keys import stage, stored
from accounts.keys.key import RingKey, lifetime
from accounts.keys.stage import Stage
from accounts.models import KeyPurpose

MAX_AGE_SECONDS: Final = 30.0
MIN_REREAD_SECONDS: Final = 1.0
NEVER: Final = float("-inf")


class KeyRing:
    """Thread-safe: readers see one whole snapshot or the next."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """As in a new process: the next look reads the table."""
        self._lock = threading.Lock()
        self._keys: Mapping[str, RingKey] = {}
        self._stage = stage.NONE
        self._read_at = self._failed_at = NEVER

    def can_sign(self) -> bool:
        """Whether every purpose has a key to sign with.

        KeysUnreadable when one of them can't be decrypted, or when one is missing and any other can't be: a new one
        would sign everybody out.
        """
        self._refresh_after(MAX_AGE_SECONDS)
        if self._present().can_sign:
            return True
        signing = [self._choose(purpose) for purpose in KeyPurpose]
        if not all(key.is_readable if key else self._is_readable() for key in signing):
            raise KeysUnreadable(retry_after=30)
        return all(signing)

    def check_readable(self) -> None:
        """KeysUnreadable if any key can't be decrypted: also one that no longer or not yet signs."""
        self._refresh_after(MAX_AGE_SECONDS)
        if not self._is_readable():
            raise KeysUnreadable(retry_after=30)

    def has_signing_key(self, purpose: KeyPurpose) -> bool:
        return self._choose(purpose) is not None

    def covers_lifetimes(self) -> bool:
        """Whether it is noted of all keys that sign or will that they sign what lives as long as is set today."""
        return all(key.covers_lifetime for key in self._present().shortest_lived)

    def longest_life(self, purpose: KeyPurpose) -> timedelta:
        """Of anything signed for that purpose that may be alive, whatever was set when it was signed."""
        self._refresh_after(MAX_AGE_SECONDS)
        now = timezone.now()
        kept = [key for key in self._keys.values() if key.purpose == purpose and key.is_kept_at(now)]
        return max([lifetime(purpose), *(key.longest_life for key in kept)])

    def signing_key(self, purpose: KeyPurpose) -> RingKey:
        """The newest key in its signing stage; TemporarilyUnavailable when there is none.

        Also when what it would sign outlives what is noted of it: the key would be dropped before its tokens.
        """
        self._refresh_after(MAX_AGE_SECONDS)
        if (key := self._choose(purpose)) is None or not key.covers_lifetime:
            raise TemporarilyUnavailable(retry_after=1)
        return key

    def find(self, kid: str, purpose: KeyPurpose) -> RingKey | None:
        """The key of that name and purpose. Before the answer is None the table is read, at most once a second."""
        self._refresh_after(MAX_AGE_SECONDS)
        key = self._keys.get(kid)
        if key is None:
            self._refresh_after(MIN_REREAD_SECONDS, must_succeed=True)
            key = self._keys.get(kid)
        return _usable(key, purpose)

    def find_kept(self, kid: str, purpose: KeyPurpose) -> RingKey | None:
        """As `find`, without a look at the table; None where one is due."""
        return _usable(self._keys.get(kid), purpose) if self._age() <= MAX_AGE_SECONDS else None

    def published(self) -> list[Mapping[str, Any]]:
        """The public keys, for the JWKS (RFC 7517 section 5)."""
        self._refresh_after(MAX_AGE_SECONDS)
        return self._published()

    def kept_published(self) -> list[Mapping[str, Any]]:
        """As `published`, without a look at the table; empty where one is due."""
        return self._published() if self._age() <= MAX_AGE_SECONDS else []

    def _published(self) -> list[Mapping[str, Any]]:
        now = timezone.now()
        return [key.public_jwk for key in self._keys.values() if key.public_jwk is not None and key.is_kept_at(now)]

    def require_fresh(self) -> None:
        """As the table was within the last second; TemporarilyUnavailable if that can't be had."""
        self._refresh_after(MIN_REREAD_SECONDS, must_succeed=True)

    def reread(self) -> None:
        """As the table is now; TemporarilyUnavailable if that can't be had, and within a second of a failure."""
        with self._lock:
            if clock.now() - self._failed_at <= MIN_REREAD_SECONDS or not self._try_to_read():
                raise TemporarilyUnavailable(retry_after=1)

    def _choose(self, purpose: KeyPurpose) -> RingKey | None:
        return self._present().signing[purpose]

    def _present(self) -> Stage:
        keys, now = self._keys, timezone.now()
        present = self._stage
        if not present.is_on(keys, at=now):
            present = self._stage = stage.of(keys, at=now)
        return present

    def _is_readable(self) -> bool:
        return all(key.is_readable for key in self._keys.values())

    def _refresh_after(self, seconds: float, *, must_succeed: bool = False) -> None:
        """Read the table if the last good read is older. A failure matters only without keys, or where told so."""
        if self._age() <= seconds:
            return
        # One reads; whoever has keys to go on with does not queue up behind the database.
        if self._lock.acquire(blocking=must_succeed or not self._keys):
            try:
                # During an outage one attempt a second is enough.
                if self._age() > seconds and clock.now() - self._failed_at > MIN_REREAD_SECONDS:
                    self._try_to_read()
            finally:
                self._lock.release()
        if self._age() > seconds and (must_succeed or not self._keys):
            raise TemporarilyUnavailable(retry_after=1)

    def _try_to_read(self) -> bool:
        began_at = clock.now()
        try:
            loaded = _load()
        except (DatabaseError, InterfaceError):
            metrics.KEY_RING_LOADS.labels("failure").inc()
            self._failed_at = clock.now()
            return False
        metrics.KEY_RING_LOADS.labels("success").inc()
        self._keys = {kid: _as_known(key, self._keys.get(kid)) for kid, key in loaded.items()}
        self._read_at = began_at
        return True

    def _age(self) -> float:
        return clock.now() - self._read_at


def _load() -> dict[str, RingKey]:
    return {key.kid: key for key in stored.read_standing()}


def _usable(key: RingKey | None, purpose: KeyPurpose) -> RingKey | None:
    return key if key is not None and key.purpose == purpose and key.is_kept_at(timezone.now()) else None


def _as_known(key: RingKey, known: RingKey | None) -> RingKey:
    """While a new SECRET_KEY is rolled out, the worker may have encrypted this key anew under what only others have.

    It is the same key, because its name is its thumbprint.
    """
    return replace(key, private_jwk=known.private_jwk) if known and not key.is_readable else key


ring: Final = KeyRing()
"""The process's own."""

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=ring.forget)
