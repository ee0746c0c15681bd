"""The ring of a process: parsed once, read anew when it has aged or a key is unknown, and kept through an outage."""

import json
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Final

import jwt
from django.db import DatabaseError, InterfaceError
from django.utils import timezone

from accounts import metrics
from accounts.conf import auth_settings
from accounts.errors import KeysUnreadable, TemporarilyUnavailable
from accounts.keys import encryption, jwk
from accounts.models import Algorithm, KeyPurpose, SigningKey

MAX_AGE_SECONDS: Final = 30.0
MIN_REREAD_SECONDS: Final = 1.0
NEVER: Final = float("-inf")


@dataclass(frozen=True)
class RingKey:
    """One key and the dates of its stages. `private_jwk` is None where it can't be decrypted."""

    kid: str
    purpose: KeyPurpose
    algorithm: Algorithm
    public_jwk: Mapping[str, Any] | None
    private_jwk: Mapping[str, Any] | None
    signing_from: datetime | None
    signing_until: datetime | None

    @cached_property
    def signer(self) -> jwt.PyJWK:
        """The parsed private (or symmetric) key; KeysUnreadable without one."""
        if self.private_jwk is None:
            raise KeysUnreadable(retry_after=30)
        return jwt.PyJWK(dict(self.private_jwk), algorithm=self.algorithm)

    @cached_property
    def verifier(self) -> jwt.PyJWK:
        return self.signer if self.public_jwk is None else jwt.PyJWK(dict(self.public_jwk), algorithm=self.algorithm)

    def signs_at(self, moment: datetime) -> bool:
        begun = self.signing_from is not None and self.signing_from <= moment
        return begun and (self.signing_until is None or moment < self.signing_until)

    def is_kept_at(self, moment: datetime) -> bool:
        """Whether something that it signed may still be alive."""
        return self.signing_until is None or moment < self.signing_until + longest_life(self.purpose)


def longest_life(purpose: KeyPurpose) -> timedelta:
    lifetime = auth_settings.access_lifetime if purpose == KeyPurpose.ACCESS else auth_settings.refresh_idle_lifetime
    return lifetime + auth_settings.clock_leeway


def algorithm_for(purpose: KeyPurpose) -> Algorithm:
    """What new keys of this purpose sign with. Refresh tokens come back only to us, so a symmetric key serves."""
    return Algorithm(auth_settings.algorithm) if purpose == KeyPurpose.ACCESS else Algorithm.HS256


class KeyRing:
    """Thread-safe: readers see one whole snapshot or the next."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.forget()

    def forget(self) -> None:
        """The next look reads the table."""
        self._keys: Mapping[str, RingKey] = {}
        self._read_at = self._tried_at = NEVER

    def can_sign(self) -> bool:
        """Whether every purpose has a key to sign with; KeysUnreadable when one exists that can't be decrypted."""
        self._refresh_after(MAX_AGE_SECONDS)
        if any(key.private_jwk is None for key in self._keys.values()):
            raise KeysUnreadable(retry_after=30)
        return all(self.has_signing_key(purpose) for purpose in KeyPurpose)

    def has_signing_key(self, purpose: KeyPurpose) -> bool:
        return self._choose(purpose) is not None

    def signing_key(self, purpose: KeyPurpose) -> RingKey:
        """The newest key in its signing stage; TemporarilyUnavailable when there is none."""
        self._refresh_after(MAX_AGE_SECONDS)
        if (key := self._choose(purpose)) is None:
            raise TemporarilyUnavailable(retry_after=1)
        return key

    def find(self, kid: str, purpose: KeyPurpose) -> RingKey | None:
        """The key of that name and purpose. Before the answer is None the table is read, at most once a second."""
        self._refresh_after(MAX_AGE_SECONDS)
        key = self._keys.get(kid)
        if key is None:
            self._refresh_after(MIN_REREAD_SECONDS, must_succeed=True)
            key = self._keys.get(kid)
        return key if key is not None and key.purpose == purpose and key.is_kept_at(timezone.now()) else None

    def published(self) -> list[Mapping[str, Any]]:
        """The public keys, for the JWKS (RFC 7517 section 5)."""
        self._refresh_after(MAX_AGE_SECONDS)
        now = timezone.now()
        return [key.public_jwk for key in self._keys.values() if key.public_jwk is not None and key.is_kept_at(now)]

    def _choose(self, purpose: KeyPurpose) -> RingKey | None:
        now, algorithm = timezone.now(), algorithm_for(purpose)
        candidates = [
            key
            for key in self._keys.values()
            if (key.purpose, key.algorithm) == (purpose, algorithm) and key.signs_at(now)
        ]
        return max(candidates, key=lambda key: (key.signing_from, key.kid), default=None)

    def _refresh_after(self, seconds: float, *, must_succeed: bool = False) -> None:
        """Read the table if the last good read is older. A failure matters only without keys, or where told so."""
        if self._age() <= seconds:
            return
        # One reads; whoever has keys to go on with does not queue up behind the database.
        if self._lock.acquire(blocking=must_succeed or not self._keys):
            try:
                # During an outage one attempt a second is enough.
                if self._age() > seconds and time.monotonic() - self._tried_at > MIN_REREAD_SECONDS:
                    self._try_to_read()
            finally:
                self._lock.release()
        if self._age() > seconds and (must_succeed or not self._keys):
            raise TemporarilyUnavailable(retry_after=1)

    def _try_to_read(self) -> None:
        try:
            self._keys = _load()
        except (DatabaseError, InterfaceError):
            metrics.KEY_RING_LOADS.labels("failure").inc()
            self._tried_at = time.monotonic()
        else:
            metrics.KEY_RING_LOADS.labels("success").inc()
            self._tried_at = self._read_at = time.monotonic()

    def _age(self) -> float:
        return time.monotonic() - self._read_at


def _load() -> dict[str, RingKey]:
    return {
        key.kid: key
        for key in _parsed(SigningKey.objects.filter(withdrawn_at__isnull=True).order_by("published_at", "kid"))
    }


def _parsed(rows: Iterable[SigningKey]) -> Iterable[RingKey]:
    for row in rows:
        yield RingKey(
            kid=row.kid,
            purpose=KeyPurpose(row.purpose),
            algorithm=Algorithm(row.algorithm),
            public_jwk=row.public_jwk,
            private_jwk=_decrypted(row),
            signing_from=row.signing_from,
            signing_until=row.signing_until,
        )


def _decrypted(row: SigningKey) -> Mapping[str, Any] | None:
    try:
        private: dict[str, Any] = json.loads(encryption.decrypt(row.private_jwk_encrypted))
    except encryption.Undecryptable:
        return None
    return private


def new_rows(purpose: KeyPurpose, *, at: datetime) -> list[SigningKey]:
    """A key that signs from now and its published, unused successor; not saved yet."""
    return [_new_row(purpose, published_at=at, signing_from=begin) for begin in (at, None)]


def _new_row(purpose: KeyPurpose, *, published_at: datetime, signing_from: datetime | None) -> SigningKey:
    algorithm = algorithm_for(purpose)
    private = jwk.generate(algorithm)
    return SigningKey(
        kid=jwk.thumbprint(private),
        purpose=purpose,
        algorithm=algorithm,
        public_jwk=jwk.public_half(private, algorithm),
        private_jwk_encrypted=encryption.encrypt(json.dumps(private).encode()),
        published_at=published_at,
        signing_from=signing_from,
    )


ring: Final = KeyRing()
