"""Keeps the worker's rounds short: what is due is done in turns, and nobody who is stuck keeps others waiting."""

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import structlog
from django.db import DatabaseError, InterfaceError, connection

from accounts import clock
from accounts.models import User
from accounts.models.users import UserQuerySet
from accounts.services.transactions import transactional

TURN_SECONDS: Final = 1.0
BATCH: Final = 500
"""As many users are dealt with in one turn, at most."""

PAGE: Final = 2000
"""As many users are looked at in one statement: so that none runs long, however many there are."""

log = structlog.get_logger("accounts.work")


class Turn:
    """It is asked behind each step, never before the first: something is done in every turn."""

    def __init__(self, seconds: float | None = None) -> None:
        self._until = clock.now() + (TURN_SECONDS if seconds is None else seconds)

    @property
    def is_over(self) -> bool:
        return clock.now() >= self._until


class Walk:
    """A look at all these users by their ids, page by page; it goes on where it stopped, and then begins anew."""

    def __init__(self, users: UserQuerySet) -> None:
        self._users = users
        self._before: UUID | None = None
        self._behind: UUID | None = None

    def find_next(self) -> tuple[UUID, UUID] | None:
        """The first and the last id of a page. Whoever fails at it finds another page the next time."""
        following = self._users if self._behind is None else self._users.filter(pk__gt=self._behind)
        page = list(following.order_by("pk").values_list("pk", flat=True)[:PAGE])
        self._before, self._behind = self._behind, page[-1] if len(page) == PAGE else None
        return (page[0], page[-1]) if page else None

    def stay(self) -> None:
        """The same page comes next: there is more to do."""
        self._behind = self._before

    @property
    def is_round(self) -> bool:
        """What comes next is the beginning."""
        return self._behind is None


@dataclass(frozen=True, slots=True)
class Share:
    """How many were still to be dealt with, and whether there is nobody left to be tried."""

    done: int
    is_all: bool


def each(user_ids: Iterable[UUID], act: Callable[[UUID], object], turn: Turn) -> Share:
    """One transaction a user, so that nobody waits for more than one. In no order: one who takes a whole turn to fail
    must not be the first of each. At most BATCH ids are to be given; so many mean that there may be more.
    """
    found = list(user_ids)
    random.shuffle(found)
    done = 0
    for tried, user_id in enumerate(found, start=1):
        done += _try(user_id, act)
        if turn.is_over:
            return Share(done, is_all=tried == len(found) < BATCH)
    return Share(done, is_all=len(found) < BATCH)


def _try(user_id: UUID, act: Callable[[UUID], object]) -> bool:
    try:
        return _act(user_id, act)
    except (DatabaseError, InterfaceError) as exc:
        if not connection.is_usable():  # nobody's turn, then
            raise
        log.warning("user_left_to_the_next_round", user=str(user_id), error=type(exc).__name__)
        return False


@transactional
def _act(user_id: UUID, act: Callable[[UUID], object]) -> bool:
    """Not on somebody whose row is held by another transaction: it may be held for long."""
    held = User.objects.select_for_update(no_key=True, skip_locked=True).filter(pk=user_id).values_list("pk")
    if held.first() is None:
        log.info("user_left_to_the_next_round", user=str(user_id), error="locked")
        return False
    return bool(act(user_id))
