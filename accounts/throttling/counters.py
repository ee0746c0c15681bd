"""Where attempts are counted: one contract, kept by the database and by Redis."""

from dataclasses import dataclass
from typing import Any, Protocol

from accounts.conf import Limit


@dataclass(frozen=True, slots=True)
class Place:
    """One of `limit.count` in the window of a key."""

    key: str
    limit: Limit


@dataclass(frozen=True, slots=True)
class Reservation:
    """A place taken in a window, which closes at `window_end`, as the counters write it."""

    key: str
    window_end: Any


@dataclass(frozen=True, slots=True)
class Full:
    """No place is left in the key's window for `retry_after` whole seconds."""

    key: str
    retry_after: int


@dataclass(frozen=True, slots=True)
class Taken:
    """Of the places that were asked for, those before the one that was `full`; all, if that is None."""

    reservations: list[Reservation]
    full: Full | None = None


class Counters(Protocol):
    """Takes places in windows atomically: of any number of parallel callers, at most `limit.count` get one.

    Whoever asks for several takes them, and gives them back, in the same order as everybody, the wider one first; so
    nobody waits for another in a ring.
    """

    def reserve(self, *places: Place) -> Taken:
        """In this order, up to the first that is full; of that and what follows nothing is counted."""

    def release(self, *reservations: Reservation) -> None:
        """Give the places back, in this order; nothing happens to one whose window is over."""

    def forget(self, *keys: str) -> None:
        """Close their windows at once, as if nobody had tried."""
