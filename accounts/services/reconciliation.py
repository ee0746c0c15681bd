"""Takes up what was changed behind the services' back: by SQL, in a shell, by a command of Django's."""

from typing import Final
from uuid import UUID

from django.db.models import Exists, OuterRef

from accounts.models import Suspension, User
from accounts.models.suspensions import SuspensionQuerySet
from accounts.models.users import UserQuerySet
from accounts.principals import WORKER, Origin
from accounts.services import revocation, rounds, suspension
from accounts.services.deleting import delay
from accounts.services.rounds import Turn, Walk
from accounts.services.transactions import transactional

IS_RECORDED: Final = Exists(Suspension.objects.filter(lifted_at__isnull=True, user_id=OuterRef("pk")))
IS_INACTIVE: Final = Exists(User.objects.filter(is_active=False, pk=OuterRef("user_id")))


def lift_ended() -> int:
    """Let in whose suspension is over, unless they wait to be deleted; how many suspensions were over."""
    ended = Suspension.objects.ended().order_by("until").values_list("user_id", flat=True)
    return rounds.each(ended[: rounds.BATCH], _lift_ended, Turn()).done


class SuspensionReconciliation:
    """One worker's: suspends whoever was made inactive, reinstates whoever was made active, each without the services.

    Both looks compare two partial indexes, of the inactive and of the open suspensions, and touch no table: what else
    there is to be known of somebody is asked when they have been found.
    """

    def __init__(self) -> None:
        self._inactive = Walk(User.objects.filter(~IS_RECORDED, is_active=False))

    def reconcile_suspensions(self) -> int:
        """How many. What is too much for one turn is left for the next: others are waiting."""
        return self._record_suspensions(Turn()) + _record_reinstatements(Turn())

    def _record_suspensions(self, turn: Turn) -> int:
        """Page by page, because those who are only waiting to be erased may come first."""
        done = 0
        while (page := self._inactive.find_next()) is not None:
            unrecorded = _unrecorded().filter(pk__range=page).values_list("pk", flat=True)
            share = rounds.each(unrecorded[: rounds.BATCH], _record_suspension, turn)
            done += share.done
            if not share.is_all:
                self._inactive.stay()
            if not share.is_all or turn.is_over or self._inactive.is_round:
                break
        return done


def _record_reinstatements(turn: Turn) -> int:
    active = Suspension.objects.open().filter(~IS_INACTIVE).order_by("user_id").values_list("user_id", flat=True)
    return rounds.each(active[: rounds.BATCH], _record_reinstatement, turn).done


@transactional
def _lift_ended(user_id: UUID) -> bool:
    revocation.lock_user(user_id)
    ended = Suspension.objects.ended().filter(user_id=user_id)
    return (ended.exists() and delay.go_on_waiting_locked(user_id)) or _reinstate(ended)


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
