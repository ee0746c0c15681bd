"""Renews what is remembered before it ages, many at once: one by one, a process with thousands of tokens in use would
ask the database for little else.

On demand, by whoever finds it due; there is no thread. It only ever prolongs: what the database says otherwise of, or
nothing, is dropped, and whoever needs it next asks for it alone.
"""

from collections.abc import Callable, Sequence
from itertools import takewhile
from typing import Final, Generic, TypeVar
from uuid import UUID

from django.db.backends.base.base import BaseDatabaseWrapper

from accounts import clock, metrics
from accounts.notices.tail import NEVER, tail
from accounts.tokens.remembered import Remembered, Store

RENEWED_AFTER_SECONDS: Final = 3.0
"""Of the MEMORY_SECONDS: what is left is the time to come to all."""

AT_ONCE: Final = 100
"""So many take about a millisecond, which the request that does it waits."""

LOOK_EVERY_SECONDS: Final = 0.25
GO_ON_AFTER_SECONDS: Final = 0.01
"""When there are more than AT_ONCE."""

PAUSE_AFTER_FAILURE_SECONDS: Final = 5.0
IN_USE_SECONDS: Final = 15.0
"""For so long after its last use: to read it alone, should it be wanted again, would cost more than these renewals."""

T = TypeVar("T")
Entry = tuple[UUID, Remembered[T]]
Reread = Callable[[Sequence[T], BaseDatabaseWrapper], Sequence[float]]
"""For how many seconds each is good at most: none if the database does not say the very same of it as before."""


class Renewal(Generic[T]):
    def __init__(self, store: Store[T], reread: Reread[T]) -> None:
        self._store, self._reread = store, reread
        self.forget()

    def forget(self) -> None:
        """As in a new process."""
        self._due_at = NEVER

    def go_on(self) -> bool:
        """If it is due; False when it was not, and no time has passed. Nobody waits for another who is at it, nor for a
        database that hangs longer than the log's reader does; nothing is raised. What can't be renewed ages.
        """
        if clock.now() < self._due_at:
            return False
        tail.beside(self._renew_oldest)
        return True

    def _renew_oldest(self, connection: BaseDatabaseWrapper) -> None:
        now = clock.now()
        if now < self._due_at:
            return  # another was faster
        self._due_at = now + PAUSE_AFTER_FAILURE_SECONDS
        oldest = self._store.oldest(AT_ONCE)
        due = list(takewhile(lambda each: each[1].began_at <= now - RENEWED_AFTER_SECONDS, oldest))
        self._renew(self._in_use(due, now), connection)
        self._due_at = now + (GO_ON_AFTER_SECONDS if len(due) == AT_ONCE else LOOK_EVERY_SECONDS)

    def _in_use(self, due: Sequence[Entry[T]], now: float) -> list[Entry[T]]:
        """The others are dropped."""
        in_use = [each for each in due if each[1].used_at > now - IN_USE_SECONDS]
        if len(in_use) < len(due):
            for key, known in due:
                if known.used_at <= now - IN_USE_SECONDS:
                    self._store.drop(key, known)
        return in_use

    def _renew(self, due: Sequence[Entry[T]], connection: BaseDatabaseWrapper) -> None:
        if not due:
            return
        mark, began_at = tail.mark(), clock.now()
        left = self._reread([known.value for _, known in due], connection)
        for (key, known), seconds in zip(due, left, strict=True):
            if seconds > 0:
                self._store.renew(key, known, mark=mark, began_at=began_at, seconds_left=seconds)
            else:
                self._store.drop(key, known)
        metrics.STANDING_RENEWALS.labels("unchanged").inc(sum(seconds > 0 for seconds in left))
        metrics.STANDING_RENEWALS.labels("dropped").inc(sum(seconds <= 0 for seconds in left))
