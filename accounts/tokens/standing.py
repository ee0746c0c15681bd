"""Whether a token may still be believed, beyond its signature and dates: the user is active and the session stands.

The truth is in the database. What it said is remembered for some seconds, for as long as this process keeps up with
the log of notices and none has named the user since.
"""

import os
import threading
from dataclasses import dataclass
from typing import Final, TypeVar
from uuid import UUID

from django.db import models, transaction
from django.db.models.base import ModelState

from accounts import clock, metrics
from accounts.errors import AccountSuspended, SessionRevoked
from accounts.models import Session
from accounts.notices.tail import MEMORY_SECONDS, tail

MAX_REMEMBERED: Final = 10_000

M = TypeVar("M", bound=models.Model)


def read(*, user_id: UUID, session_id: UUID) -> Session:
    """The session with its user and the user's groups, in one query. Raises AccountSuspended or SessionRevoked."""
    session = Session.objects.find_whole(session_id, user_id)
    if session is None or session.user.deletion_requested_at is not None:
        raise SessionRevoked
    if not session.user.is_active:
        raise AccountSuspended
    if session.revoked_at is not None or session.expires_at <= session.read_at:
        raise SessionRevoked
    if session.credentials_version != session.user.credentials_version:
        raise SessionRevoked
    return session


def recall(*, user_id: UUID, session_id: UUID) -> Session:
    """As `read`, but from memory where that may be relied on; what it hands out is the caller's own.

    Within a transaction the database is asked: the caller may have changed there what it asks for.
    """
    if transaction.get_connection().in_atomic_block:
        return read(user_id=user_id, session_id=session_id)
    if (known := memory.find(user_id, session_id)) is not None:
        metrics.STANDING_READS.labels("memory").inc()
        return known
    metrics.STANDING_READS.labels("database").inc()
    mark, began_at = tail.mark(), clock.now()
    session = read(user_id=user_id, session_id=session_id)
    memory.keep(session, mark=mark, began_at=began_at)
    return session


@dataclass(frozen=True, slots=True)
class _Remembered:
    """A session that stood, when this process had heard as much as `mark`."""

    session: Session
    mark: int
    good_until: float


class Memory:
    """Bounded: the oldest goes. Holds only what stood; a refusal is asked for each time."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        self._lock = threading.Lock()
        self._remembered: dict[UUID, _Remembered] = {}

    def find(self, user_id: UUID, session_id: UUID) -> Session | None:
        """None for “ask the database”, also when it can't be known whether a notice has named the user."""
        if not tail.keeps_up():
            return None
        known = self._remembered.get(session_id)
        if known is None or known.session.user_id != user_id or not tail.still_holds(known.mark, str(user_id)):
            return None
        # The clock comes last: a name is dropped when all that it refuses has aged, and that may be just now.
        return _own_copy(known.session) if clock.now() < known.good_until else None

    def keep(self, session: Session, *, mark: int, began_at: float) -> None:
        """`mark` and `began_at` are from before the database was asked. A notice heard since makes it worthless."""
        left = (session.expires_at - session.read_at).total_seconds()
        remembered = _Remembered(_own_copy(session), mark, began_at + min(MEMORY_SECONDS, left))
        with self._lock:
            self._remembered.pop(session.pk, None)
            while len(self._remembered) >= MAX_REMEMBERED:
                del self._remembered[next(iter(self._remembered))]
            self._remembered[session.pk] = remembered
            metrics.STANDINGS.set(len(self._remembered))


def _own_copy(session: Session) -> Session:
    """Whoever gets it may set attributes on it, and on its user."""
    own = _copied(session)
    own.user = _copied(session.user)
    own.user.__dict__["_assigned"] = set()
    return own


def _copied(instance: M) -> M:
    """Shallow. Python's own `copy` goes the way of pickling, at five times the cost."""
    own = object.__new__(type(instance))
    own.__dict__.update(instance.__dict__)
    own._state = ModelState()
    own._state.adding, own._state.db = False, instance._state.db  # noqa: SLF001
    return own


memory: Final = Memory()
"""The process's own."""

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=memory.forget)
