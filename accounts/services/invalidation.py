"""Ends every session there is: for after a restored backup, when nobody knows what the lost writes said."""

from accounts import audit
from accounts.models import EventType, Outcome, RevocationReason, Session, User
from accounts.notices.log import MAX_SUBJECTS_AT_ONCE
from accounts.principals import Origin, System
from accounts.services import revocation
from accounts.services.transactions import transactional


def invalidate_all_tokens(*, actor: System) -> int:
    """How many sessions were ended. Batches, so that no transaction holds many rows for long; safe to repeat."""
    ended = 0
    while (batch := _end_batch()) is not None:
        ended += batch
    _record(actor, ended)
    return ended


@transactional
def _end_batch() -> int | None:
    """How many this call ended, of the next users who have any; None when there is nothing left to end."""
    holders = Session.objects.unrevoked().order_by("user_id").values_list("user_id", flat=True).distinct()
    users = User.objects.select_for_update(no_key=True).filter(pk__in=list(holders[:MAX_SUBJECTS_AT_ONCE]))
    ended = [
        len(revocation.end_locked(user_id, Session.objects.filter(user_id=user_id), RevocationReason.INVALIDATED))
        for user_id in users.order_by("pk").values_list("pk", flat=True)
    ]
    return sum(ended) if ended else None


@transactional
def _record(actor: System, ended: int) -> None:
    audit.record(EventType.TOKENS_INVALIDATED, Outcome.SUCCESS, actor=actor, origin=Origin(), count=ended)
