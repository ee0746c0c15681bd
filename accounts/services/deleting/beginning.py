"""Begins the deletions that were put off, once nobody can cancel them any more."""

from uuid import UUID

from accounts.models import DelayedDeletion
from accounts.principals import Origin, UserPrincipal
from accounts.services import revocation, rounds
from accounts.services.deleting import deletion
from accounts.services.rounds import Turn
from accounts.services.transactions import transactional


def begin_delayed() -> int:
    """The worker's duty; how many."""
    due = DelayedDeletion.objects.due().order_by("begins_at").values_list("user_id", flat=True)
    return rounds.each(due[: rounds.BATCH], _begin, Turn()).done


@transactional
def _begin(user_id: UUID) -> bool:
    revocation.lock_user(user_id)
    delayed = DelayedDeletion.objects.due().filter(user_id=user_id).first()
    if delayed is None:
        return False
    owner = UserPrincipal(user_id=user_id, session_id=delayed.session_id)
    deletion.begin_locked(user_id, deletion_id=delayed.pk, actor=owner, origin=Origin())
    DelayedDeletion.objects.filter(pk=delayed.pk).delete()
    return True
