"""Takes up what was changed behind the services' back: by SQL, in a shell, by a command of Django's."""

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.db.models import Exists, OuterRef
from django.utils import timezone

from accounts.models import RevocationReason, Session, Suspension, User
from accounts.models.suspensions import SuspensionQuerySet
from accounts.models.users import UserQuerySet
from accounts.principals import WORKER, Origin
from accounts.services import revocation, suspension
from accounts.services.transactions import transactional

BATCH: Final = 500
SLICES: Final = 256
"""Of all users, by their random ids: a look at all of them is so many statements, so that none runs long."""

SLICES_A_ROUND: Final = 2  # everybody within about ten minutes

IS_RECORDED: Final = Exists(Suspension.objects.filter(lifted_at__isnull=True, user_id=OuterRef("pk")))
IS_INACTIVE: Final = Exists(User.objects.filter(is_active=False, pk=OuterRef("user_id")))

LOOK_BACK: Final = timedelta(minutes=1)
"""Clocks differ, and a transaction is seen some time after its changes were dated."""


def lift_ended() -> int:
    """Let in whose suspension is over; how many."""
    ended = Suspension.objects.ended().order_by("until").values_list("user_id", flat=True)
    return _each(ended[:BATCH], _lift_ended)


def reconcile_suspensions() -> int:
    """Suspend whoever was made inactive, reinstate whoever was made active, each without the services; how many.

    Both looks compare two partial indexes, of the inactive and of the open suspensions, and touch no table: what else
    there is to be known of somebody is asked when they have been found.
    """
    suspended = 0
    for found in _pages(User.objects.filter(~IS_RECORDED, is_active=False)):
        suspended += _each(_unrecorded().filter(pk__in=found).values_list("pk", flat=True), _record_suspension)
        if suspended >= BATCH:  # the rest is left for the next round: others are waiting
            break
    active = Suspension.objects.open().filter(~IS_INACTIVE).values_list("user_id", flat=True)
    return suspended + _each(active.order_by("user_id")[:BATCH], _record_reinstatement)


class SessionReconciliation:
    """One worker's: looks at everybody's sessions in its first round; in each after it at those of users who were
    changed since the round before, and of some slices more, because not every change is dated.
    """

    def __init__(self) -> None:
        self._looked_at = timezone.now()
        self._slice, self._due = 0, SLICES

    def reconcile_sessions(self) -> int:
        """End those that their user's row no longer bears out; of how many users. What is too much for one round is
        left for the next.
        """
        now = timezone.now()
        done = _end_stray(User.objects.filter(updated_at__gte=self._looked_at - LOOK_BACK))
        if done < BATCH:
            self._looked_at = now
        while self._due and done < BATCH:
            ended = _end_stray(_in_slice(self._slice))
            done += ended
            if ended < BATCH:
                self._slice, self._due = (self._slice + 1) % SLICES, self._due - 1
        self._due = min(self._due + SLICES_A_ROUND, SLICES)
        return done


def _pages(users: UserQuerySet) -> Iterator[list[UUID]]:
    """Their ids. All of them, because those who are only waiting to be erased may come first."""
    page: list[UUID] = []
    while not page or len(page) == BATCH:
        following = users.filter(pk__gt=page[-1]) if page else users
        if not (page := list(following.order_by("pk").values_list("pk", flat=True)[:BATCH])):
            return
        yield page


def _each(user_ids: Iterable[UUID], act: Callable[[UUID], bool]) -> int:
    """One transaction a user, so that nobody waits for more than one; how many were still to be dealt with."""
    return sum(act(user_id) for user_id in list(user_ids))


@transactional
def _lift_ended(user_id: UUID) -> bool:
    revocation.lock_user(user_id)
    return _reinstate(Suspension.objects.ended().filter(user_id=user_id))


@transactional
def _record_reinstatement(user_id: UUID) -> bool:
    revocation.lock_user(user_id)
    return _reinstate(Suspension.objects.contradicted().filter(user_id=user_id))


def _reinstate(still_so: SuspensionQuerySet) -> bool:
    if (found := still_so.select_related("user").first()) is None:
        return False
    suspension.reinstate_locked(found.user, actor=WORKER, origin=Origin())
    return True


@transactional
def _record_suspension(user_id: UUID) -> bool:
    revocation.lock_user(user_id)
    if (user := _unrecorded().filter(pk=user_id).first()) is None:
        return False
    suspension.suspend_locked(user, reason="", until=None, actor=WORKER, origin=Origin())
    return True


def _unrecorded() -> UserQuerySet:
    """Users who may not come in, and nobody has suspended them."""
    return User.objects.present().filter(~IS_RECORDED, is_active=False)


def _in_slice(number: int) -> UserQuerySet:
    width = 2**128 // SLICES
    return User.objects.filter(pk__gte=UUID(int=number * width), pk__lte=UUID(int=(number + 1) * width - 1))


def _end_stray(users: UserQuerySet) -> int:
    """Of how many users: BATCH means that there may be more."""
    is_stray = Exists(Session.objects.unbelievable().filter(user_id=OuterRef("pk")))
    holders = list(users.filter(is_stray).values_list("pk", "is_active")[:BATCH])
    for user_id, is_active in holders:
        reason = RevocationReason.CREDENTIALS_CHANGED if is_active else RevocationReason.SUSPENDED
        revocation.revoke_stray(user_id, reason, actor=WORKER, origin=Origin())
    return len(holders)
