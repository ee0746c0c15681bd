"""What is remembered, and since when; whether it may be relied on is for `memory` to say."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import Final, Generic, TypeVar
from uuid import UUID

from accounts import metrics
from accounts.notices.tail import MEMORY_SECONDS

MAX_REMEMBERED: Final = 12_000
"""In each store. A person's session is some 2 KB, with what the fast lane says of them, and the token that was `seen`
0.9 KB: 35 MB in all. With more in use the database is asked for nearly all: the oldest goes first.
"""

T = TypeVar("T")


@dataclass(slots=True)
class Remembered(Generic[T]):
    """What stood, when this process had heard as much as `mark`. Nothing but `used_at` is ever changed."""

    value: T
    owner: UUID | str
    subject: str
    mark: int
    began_at: float
    good_until: float
    used_at: float


class Store(Generic[T]):
    """Thread-safe, bounded, and in the order in which the reads were kept: the oldest comes first, and goes first.

    `mark` and `began_at` of a read are from before the database was asked.
    """

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self.forget()

    def forget(self) -> None:
        """As in a new process."""
        self._lock = threading.Lock()
        self._entries: OrderedDict[UUID, Remembered[T]] = OrderedDict()
        self.find: Callable[[UUID], Remembered[T] | None] = self._entries.get

    def keep(self, key: UUID, value: T, *, owner: UUID | str, mark: int, began_at: float, seconds_left: float) -> None:
        good_until = began_at + min(MEMORY_SECONDS, seconds_left)
        entry = Remembered(value, owner, str(owner), mark, began_at, good_until, used_at=began_at)
        with self._lock:
            self._entries.pop(key, None)
            while len(self._entries) >= MAX_REMEMBERED:
                self._entries.popitem(last=False)
            self._entries[key] = entry
            metrics.STANDINGS.labels(self._kind).set(len(self._entries))

    def oldest(self, count: int) -> list[tuple[UUID, Remembered[T]]]:
        """So many at most."""
        with self._lock:
            return list(islice(self._entries.items(), count))

    def renew(self, key: UUID, known: Remembered[T], *, mark: int, began_at: float, seconds_left: float) -> None:
        """The database has said the very same again."""
        good_until = began_at + min(MEMORY_SECONDS, seconds_left)
        entry = Remembered(known.value, known.owner, known.subject, mark, began_at, good_until, known.used_at)
        with self._lock:
            if self._drop(key, known):
                self._entries[key] = entry

    def drop(self, key: UUID, known: Remembered[T]) -> None:
        with self._lock:
            self._drop(key, known)
            metrics.STANDINGS.labels(self._kind).set(len(self._entries))

    def _drop(self, key: UUID, known: Remembered[T]) -> bool:
        """False where somebody has read it anew meanwhile, or all was to be forgotten: what is there now stays."""
        if self._entries.get(key) is not known:
            return False
        del self._entries[key]
        return True
