"""Remembers for some seconds what the database said, as long as this process keeps up with the log of notices and no
notice has named the subject since.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Generic, TypeVar
from uuid import UUID

from django.db import transaction

from accounts import clock, metrics
from accounts.notices.tail import MEMORY_SECONDS, tail

MAX_REMEMBERED: Final = 10_000

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Remembered(Generic[T]):
    """What stood, when this process had heard as much as `mark`."""

    value: T
    subject: str
    mark: int
    good_until: float


class Memory(Generic[T]):
    """Bounded: the oldest goes. Holds only what stood; a refusal is asked for each time.

    `own_copy` keeps what is handed out apart from what is kept; `seconds_left` says how long a value is good at most.
    """

    def __init__(self, kind: str, *, own_copy: Callable[[T], T], seconds_left: Callable[[T], float]) -> None:
        self._kind, self._own_copy, self._seconds_left = kind, own_copy, seconds_left
        self.forget()

    def forget(self) -> None:
        self._lock = threading.Lock()
        self._remembered: dict[UUID, _Remembered[T]] = {}

    def recall(self, key: UUID, subject: str, read: Callable[[], T]) -> T:
        """What `read` says, from memory where that may be relied on; it is the caller's own. Raises what `read` raises.

        Within a transaction the database is asked: the caller may have changed there what it asks for.
        """
        if transaction.get_connection().in_atomic_block:
            return read()
        if (known := self._find(key, subject)) is not None:
            metrics.STANDING_READS.labels("memory").inc()
            return known
        metrics.STANDING_READS.labels("database").inc()
        mark, began_at = tail.mark(), clock.now()
        value = read()
        self._keep(key, subject, value, mark=mark, began_at=began_at)
        return value

    def _find(self, key: UUID, subject: str) -> T | None:
        """None for “ask the database”, also when it can't be known whether a notice has named the subject."""
        if not tail.keeps_up():
            return None
        known = self._remembered.get(key)
        if known is None or known.subject != subject or not tail.still_holds(known.mark, subject):
            return None
        # The clock comes last: a name is dropped when all that it refuses has aged, and that may be just now.
        return self._own_copy(known.value) if clock.now() < known.good_until else None

    def _keep(self, key: UUID, subject: str, value: T, *, mark: int, began_at: float) -> None:
        """`mark` and `began_at` are from before the database was asked. A notice heard since makes it worthless."""
        good_until = began_at + min(MEMORY_SECONDS, self._seconds_left(value))
        remembered = _Remembered(self._own_copy(value), subject, mark, good_until)
        with self._lock:
            self._remembered.pop(key, None)
            while len(self._remembered) >= MAX_REMEMBERED:
                del self._remembered[next(iter(self._remembered))]
            self._remembered[key] = remembered
            metrics.STANDINGS.labels(self._kind).set(len(self._remembered))
