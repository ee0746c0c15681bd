"""Remembers for some seconds what the database said, as long as this process keeps up with the log of notices and no
notice has named the subject since.
"""

from collections.abc import Callable
from typing import Generic, TypeVar
from uuid import UUID

from django.db import transaction

from accounts import clock, metrics
from accounts.notices.tail import tail
from accounts.tokens.combining import Read
from accounts.tokens.remembered import Store
from accounts.tokens.renewal import Renewal, Reread

T = TypeVar("T")
Own = TypeVar("Own")


class Memory(Generic[T, Own]):
    """Holds only what stood; a refusal is asked for each time.

    `own` makes what is handed out of what is kept; `seconds_left` says how long a value is good at most.
    With `reread`, what is in use is renewed before it ages.
    """

    def __init__(
        self,
        kind: str,
        *,
        own: Callable[[T], Own],
        seconds_left: Callable[[T], float],
        reread: Reread[T] | None = None,
    ) -> None:
        self._own, self._seconds_left = own, seconds_left
        self._store: Store[T] = Store(kind)
        self._renewal = Renewal(self._store, reread) if reread else None

    def forget(self) -> None:
        """As in a new process."""
        self._store.forget()
        if self._renewal is not None:
            self._renewal.forget()

    def recall(self, key: UUID, owner: UUID | str, read: Callable[[], Read[T]]) -> Own:
        """What `read` says, from memory where that may be relied on; it is the caller's own. Raises what `read` raises.

        Within a transaction the database is asked: the caller may have changed there what it asks for.
        """
        if transaction.get_connection().in_atomic_block:
            return self._own(read().value)
        return self._own(self.share(key, owner, read))

    def share(self, key: UUID, owner: UUID | str, read: Callable[[], Read[T]]) -> T:
        """As `recall`, but the object that is kept: not to be changed. Not for within a transaction."""
        if (known := self.look(key, owner)) is not None:
            metrics.STANDING_READS.labels("memory").inc()
            return known
        metrics.STANDING_READS.labels("database").inc()
        value, mark, began_at = read()
        seconds_left = self._seconds_left(value)
        self._store.keep(key, value, owner=owner, mark=mark, began_at=began_at, seconds_left=seconds_left)
        return value

    def look(self, key: UUID, owner: UUID | str) -> T | None:
        """What `share` finds in memory. None for “ask the database”, also when it can't be known whether a notice has
        named the subject. It is the very same object for as long as the database says the same.
        """
        if not tail.keeps_up():
            return None
        if self._renewal is not None and self._renewal.go_on() and not tail.keeps_up():
            return None
        known = self._store.find(key)
        if known is None or known.owner != owner or not tail.still_holds(known.mark, known.subject):
            return None
        # The clock comes last: a name is dropped when all that it refuses has aged, and that may be just now.
        now = clock.now()
        if now >= known.good_until:
            return None
        known.used_at = now
        return known.value
