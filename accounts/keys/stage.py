"""What the dates in the ring say from one of them to the next: worked out once, instead of for each signature."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Final

from accounts.keys import succession
from accounts.keys.key import RingKey
from accounts.models import KeyPurpose

FIRST: Final = datetime.min.replace(tzinfo=UTC)
LAST: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Stage:
    keys: Mapping[str, RingKey]
    begins_at: datetime
    ends_at: datetime
    signing: Mapping[KeyPurpose, RingKey | None]
    shortest_lived: tuple[RingKey, ...]
    """Of those that sign or will, for each purpose the one for which the shortest life is noted."""

    @cached_property
    def can_sign(self) -> bool:
        """Whether there is a key for every purpose, readable."""
        return all(key is not None and key.is_readable for key in self.signing.values())

    def is_on(self, keys: Mapping[str, RingKey], *, at: datetime) -> bool:
        """Whether it is of these very keys, and the clock has not left it, either way."""
        return keys is self.keys and self.begins_at <= at < self.ends_at


NONE: Final = Stage({}, LAST, FIRST, dict.fromkeys(KeyPurpose), ())


def of(keys: Mapping[str, RingKey], *, at: datetime) -> Stage:
    dates = [date for key in keys.values() for date in (key.signing_from, key.signing_until) if date is not None]
    return Stage(
        keys=keys,
        begins_at=max((date for date in dates if date <= at), default=FIRST),
        ends_at=min((date for date in dates if date > at), default=LAST),
        signing={purpose: succession.signing(keys.values(), purpose, at=at) for purpose in KeyPurpose},
        shortest_lived=tuple(_shortest_lived(keys.values(), at)),
    )


def _shortest_lived(keys: Iterable[RingKey], at: datetime) -> Iterator[RingKey]:
    in_use = [key for key in keys if key.signing_until is None or at < key.signing_until]
    for purpose in KeyPurpose:
        if own := [key for key in in_use if key.purpose == purpose]:
            yield min(own, key=lambda key: key.longest_life)
