"""Ends sessions that their user's row no longer bears out: it was changed behind the services' back."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from django.db.models import Exists, OuterRef
from django.utils import timezone

from accounts.models import RevocationReason, Session, User
from accounts.models.users import UserQuerySet
from accounts.principals import WORKER, Origin
from accounts.services import revocation, rounds
from accounts.services.rounds import Share, Turn, Walk

LOOK_BACK: Final = timedelta(minutes=1)
"""Clocks differ, and a transaction is seen some time after its changes were dated."""

LONGEST_LOOK_BACK: Final = timedelta(minutes=10)
"""Where looking fails again and again, as behind millions of changes at once: the rest is left to the walk."""

WALK_SECONDS: Final = 0.25
"""In a round, once everybody has been looked at: it costs little, and half a million are through in ten minutes."""


class SessionReconciliation:
    """One worker's. It looks at whoever was changed since the round before, which an index tells; and walks through
    everybody, because not every change is dated, and because of what happened while no worker ran.
    """

    def __init__(self) -> None:
        self._looked_at = timezone.now()
        self._everybody = Walk(User.objects.all())
        self._is_first_walk = True

    def reconcile_changed(self) -> int:
        """Of how many users. What is too much for one turn is left for the next."""
        now = timezone.now()
        self._looked_at = max(self._looked_at, now - LONGEST_LOOK_BACK)
        share = _end_stray(User.objects.filter(updated_at__gte=self._looked_at - LOOK_BACK), Turn())
        if share.is_all:
            self._looked_at = now
        return share.done

    def reconcile_sessions(self) -> int:
        """The walk, as far as it goes in a turn; of how many users. A page that fails is passed over until it comes
        round again.
        """
        turn, done = Turn(None if self._is_first_walk else WALK_SECONDS), 0
        while (page := self._everybody.find_next()) is not None:
            share = _end_stray(User.objects.filter(pk__range=page), turn)
            done += share.done
            if not share.is_all:
                self._everybody.stay()
            elif self._everybody.is_round:
                break
            if turn.is_over or not share.is_all:
                return done
        self._is_first_walk = False
        return done


def _end_stray(users: UserQuerySet, turn: Turn) -> Share:
    is_stray = Exists(Session.objects.unbelievable().filter(user_id=OuterRef("pk")))
    return rounds.each(users.filter(is_stray).values_list("pk", flat=True)[: rounds.BATCH], _end, turn)


def _end(user_id: UUID) -> bool:
    is_active = User.objects.values_list("is_active", flat=True).get(pk=user_id)
    reason = RevocationReason.CREDENTIALS_CHANGED if is_active else RevocationReason.SUSPENDED
    return revocation.revoke_stray(user_id, reason, actor=WORKER, origin=Origin()) > 0
