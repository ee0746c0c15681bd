"""Which key signs, which comes next, and when its time has come. Decides; changes nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from accounts.conf import auth_settings
from accounts.keys.key import RingKey
from accounts.keys.stored import algorithm_for
from accounts.models import KeyPurpose

PUBLISHED_BEFORE_SIGNING: Final = timedelta(minutes=15)
"""So long every verifier is given to learn of a key: the 5 minutes that the JWKS may be kept by a proxy, and the 10
that common libraries keep what they got from it, which is more than the 30 s after which our processes publish it."""

OVERLAP: Final = timedelta(minutes=5)
"""So long the old key may sign beside the new one. A process reads the ring every 30 s, if the database lets it."""

HEARD_HERE_AFTER: Final = timedelta(seconds=2)
"""Before that a key signs in no case: our processes read the ring for an unknown key at most once a second."""


def signing(keys: Iterable[RingKey], purpose: KeyPurpose, *, at: datetime) -> RingKey | None:
    """The newest in its signing stage, of whatever algorithm: a new AUTH_ALGORITHM begins with a key known to all."""
    candidates = [key for key in keys if key.purpose == purpose and key.signs_at(at)]
    return max(candidates, key=lambda key: (key.signing_from, key.kid), default=None)


@dataclass(frozen=True, slots=True)
class Succession:
    """Of one purpose, at one moment."""

    purpose: KeyPurpose
    at: datetime
    current: RingKey | None
    """Which signs, or is about to."""
    successors: tuple[RingKey, ...]
    """Published and unused, the oldest first."""

    @property
    def intended(self) -> RingKey | None:
        """The next one, of the algorithm that is set. None: it has yet to be published."""
        wanted = algorithm_for(self.purpose)
        return next((key for key in self.successors if key.algorithm == wanted), None)

    @property
    def safest(self) -> RingKey | None:
        """Which takes over when there is no time: best one that is known, then one of the algorithm that is set."""
        wanted = algorithm_for(self.purpose)
        ranked = sorted(self.successors, key=lambda key: (not self.is_known(key), key.algorithm != wanted))
        return next(iter(ranked), None)

    @property
    def due(self) -> RingKey | None:
        """Which is to take over now by itself: for want of any other, or because its time has come."""
        if self.current is None:
            return self.safest
        return self.intended if self.due_at is not None and self.due_at <= self.at else None

    @property
    def due_at(self) -> datetime | None:
        """When the intended key takes over by itself: by age, or as soon as it is known if the algorithm changes."""
        if self.current is None or self.current.signing_from is None or self.intended is None:
            return None
        is_other = self.current.algorithm != self.intended.algorithm
        aged_at = self.at if is_other else self.current.signing_from + auth_settings.key_rotation_age
        return max(aged_at, known_at(self.intended.published_at))

    def is_known(self, key: RingKey) -> bool:
        """Whether every verifier has had time to learn of it."""
        return known_at(key.published_at) <= self.at


def known_at(published_at: datetime) -> datetime:
    return published_at + PUBLISHED_BEFORE_SIGNING


def succession(keys: Iterable[RingKey], purpose: KeyPurpose, *, at: datetime) -> Succession:
    own = [key for key in keys if key.purpose == purpose]
    begun = [key for key in own if key.signing_from is not None and key.signing_until is None]
    return Succession(
        purpose=purpose,
        at=at,
        current=max(begun, key=lambda key: (key.signing_from, key.kid), default=None),
        successors=tuple(key for key in own if key.signing_from is None),
    )
