"""Ends every session there is: for after a restored backup, when nobody knows what the lost writes said."""

from typing import Final

from accounts import audit
from accounts.models import EventType, Outcome, RevocationReason, Session
from accounts.principals import Origin, System
from accounts.services.transactions import transactional

BATCH: Final = 1000


def invalidate_all_tokens(*, actor: System) -> int:
    """How many sessions were ended. Batches, so that no transaction holds many rows for long; safe to repeat."""
    ended = 0
    while (batch := _end_batch()) is not None:
        ended += batch
    _record(actor, ended)
    return ended


@transactional
def _end_batch() -> int | None:
    """How many this call ended; None when there is nothing left to end."""
    batch = list(Session.objects.unrevoked().order_by("pk").values_list("pk", flat=True)[:BATCH])
    return Session.objects.filter(pk__in=batch).revoke(RevocationReason.INVALIDATED) if batch else None


@transactional
def _record(actor: System, ended: int) -> None:
    audit.record(EventType.TOKENS_INVALIDATED, Outcome.SUCCESS, actor=actor, origin=Origin(), count=ended)
