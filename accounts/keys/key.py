"""One key of the ring, parsed once a process, and the dates of its stages."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from typing import Any

import jwt

from accounts.conf import auth_settings
from accounts.errors import KeysUnreadable
from accounts.models import Algorithm, KeyPurpose, SigningKey


@dataclass(frozen=True)
class RingKey:
    """`private_jwk` is None where it can't be decrypted."""

    kid: str
    purpose: KeyPurpose
    algorithm: Algorithm
    public_jwk: Mapping[str, Any] | None
    private_jwk: Mapping[str, Any] | None
    published_at: datetime
    signing_from: datetime | None
    signing_until: datetime | None
    longest_life: timedelta
    """Of whatever it has signed, and may sign."""

    @cached_property
    def signer(self) -> jwt.PyJWK:
        """The parsed private (or symmetric) key; KeysUnreadable without one."""
        if self.private_jwk is None:
            raise KeysUnreadable(retry_after=30)
        return _parsed(json.dumps(self.private_jwk), self.algorithm)

    @cached_property
    def verifier(self) -> jwt.PyJWK:
        return self.signer if self.public_jwk is None else _parsed(json.dumps(self.public_jwk), self.algorithm)

    @cached_property
    def signature_bytes(self) -> int:
        """How long each of its signatures is."""
        return len(self.signer.Algorithm.sign(b"", self.signer.key))

    @property
    def is_readable(self) -> bool:
        return self.private_jwk is not None

    def signs_at(self, moment: datetime) -> bool:
        begun = self.signing_from is not None and self.signing_from <= moment
        return begun and (self.signing_until is None or moment < self.signing_until)

    def is_kept_at(self, moment: datetime) -> bool:
        """Whether something that it signed may still be alive."""
        until = kept_until(self)
        return until is None or moment < until

    @property
    def covers_lifetime(self) -> bool:
        """Whether it is noted that it signs what lives as long as is set today."""
        return self.longest_life >= lifetime(self.purpose)


def kept_until(key: RingKey | SigningKey) -> datetime | None:
    """When the last of what it signed has expired; None while no end of its signing is known."""
    return key.signing_until and key.signing_until + key.longest_life + auth_settings.clock_leeway


def lifetime(purpose: KeyPurpose) -> timedelta:
    """What is signed now lives no longer. What was signed before may: see `RingKey.longest_life`."""
    return auth_settings.access_lifetime if purpose == KeyPurpose.ACCESS else auth_settings.refresh_idle_lifetime


@lru_cache(maxsize=64)
def _parsed(text: str, algorithm: Algorithm) -> jwt.PyJWK:
    """The ring is read again and again; an RSA key takes 31 ms to parse."""
    return jwt.PyJWK(json.loads(text), algorithm=algorithm)
