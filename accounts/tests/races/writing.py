"""Transactions of every shape that append to the log: as services, the admin and scripts write them."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone

from accounts.models import KnownNetwork, NoticeType, Suspension, User
from accounts.notices import log
from accounts.services import revocation

PAUSE_SECONDS = 0.002
"""Between two transactions: SQLite does not queue those who wait, and one writer could keep all others out."""


class ChangedTheirMindError(Exception):
    """Raised in a transaction to undo it."""


@dataclass
class Writer:
    """`committed` and `undone` are the ids of its notices; `commits` how long each transaction took that kept one."""

    users: list[UUID]
    committed: list[UUID] = field(default_factory=list)
    undone: list[UUID] = field(default_factory=list)
    commits: list[float] = field(default_factory=list)

    def write_until(self, end: float) -> None:
        shapes = (self.as_a_service, self.as_the_admin, self.as_a_script, self.with_savepoints, self.undo, self.many)
        while time.monotonic() < end:
            began = time.monotonic()
            kept = random.choice(shapes)(random.choice(self.users))
            self.committed += kept
            if kept:
                self.commits.append(time.monotonic() - began)
            time.sleep(PAUSE_SECONDS)

    def as_a_service(self, user_id: UUID) -> list[UUID]:
        with transaction.atomic():
            return self._suspend(user_id)

    def as_the_admin(self, user_id: UUID) -> list[UUID]:
        with transaction.atomic():
            return self._change(user_id)

    def as_a_script(self, user_id: UUID) -> list[UUID]:
        """A lock that keeps foreign keys from being checked meanwhile, held around everything."""
        with transaction.atomic():
            User.objects.select_for_update().get(pk=user_id)
            notice = log.append(NoticeType.USER_UPDATED, uuid4(), version=2)
            time.sleep(random.uniform(0, 0.002))
            return [notice]

    def with_savepoints(self, user_id: UUID) -> list[UUID]:
        """Some of it is undone, some kept. Not deeper, or PostgreSQL itself deadlocks: whoever waits for a row that
        was taken in an inner savepoint waits for the whole transaction, also when the outer savepoint is undone.
        """
        with transaction.atomic():
            kept = [log.append(NoticeType.USER_UPDATED, uuid4(), version=2)]
            self._try(lambda: self._suspend(user_id), keep=False)
            kept += self._try(lambda: self._change(user_id), keep=True)
            return kept

    def undo(self, user_id: UUID) -> list[UUID]:
        return self._try(lambda: self._change(user_id) + self._suspend(user_id), keep=False)

    def many(self, user_id: UUID) -> list[UUID]:
        with transaction.atomic():
            return [log.append(NoticeType.USER_UPDATED, uuid4(), version=2) for _ in range(5)]

    def _suspend(self, user_id: UUID) -> list[UUID]:
        """The user's row first, then the rest, and rows that refer to it."""
        revocation.lock_user(user_id)
        User.objects.filter(pk=user_id).record_change()
        Suspension.objects.create(user_id=user_id, actor="system:test", lifted_at=timezone.now())
        return [log.append(NoticeType.USER_SUSPENDED, uuid4())]

    def _change(self, user_id: UUID) -> list[UUID]:
        """Appends in the middle; foreign keys, which are checked at the commit, come after it."""
        notice = log.append(NoticeType.USER_UPDATED, uuid4(), version=2)
        KnownNetwork.objects.create(user_id=user_id, network_hash=uuid4().hex, last_seen_at=timezone.now())
        User.objects.filter(pk=user_id).record_change()
        return [notice]

    def _try(self, act: Callable[[], list[UUID]], *, keep: bool) -> list[UUID]:
        """In a transaction, or a savepoint, of its own."""
        try:
            with transaction.atomic():
                notices = act()
                if not keep:
                    self.undone += notices
                    raise ChangedTheirMindError
                return notices
        except ChangedTheirMindError:
            return []
