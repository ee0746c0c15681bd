"""Seals audit events into the chain: numbered and put into a batch, whose head vouches for all that came before.

Events are numbered here and not when they are written: a transaction that commits late has an earlier id than what was
sealed meanwhile, and goes into a later batch. So nothing is left out, and no sign-in waits.
"""

from datetime import timedelta
from functools import partial
from typing import Final

import structlog
from django.db import transaction

from accounts import metrics
from accounts.models import AuditBatch, AuditEvent
from accounts.models.audit_batches import MAX_ROWS, START
from accounts.models.locks import Lock, hold_if_free
from accounts.models.moments import Moment
from accounts.services.rounds import Turn
from accounts.services.transactions import transactional

SEALED_AFTER: Final = timedelta(minutes=1)
"""So long the first event of a batch that is not full waits for others: a quiet hour makes 60 batches, not 720."""

NUMBERED_AT_ONCE: Final = 250
"""In one statement, whose cost grows faster than their number."""

log = structlog.get_logger("accounts.audit")


def seal_due() -> int:
    """The worker's duty: full batches, and one that has waited long enough; how many events."""
    turn, sealed = Turn(), 0
    while _is_due() and (done := _seal_next()):
        sealed += done
        if turn.is_over:
            break
    return sealed


def watch_unsealed() -> int:
    """Since when the oldest waits, for whoever watches; there is nothing to do in it."""
    oldest = AuditEvent.objects.unsealed().annotate(now=Moment()).values_list("occurred_at", "now").first()
    age = 0.0 if oldest is None else (oldest[1] - oldest[0]).total_seconds()
    metrics.OLDEST_UNSEALED_SECONDS.set(max(age, 0.0))
    return 0


def _is_due() -> bool:
    waiting = AuditEvent.objects.unsealed().annotate(now=Moment()).values_list("occurred_at", "now")
    first = list(waiting[:MAX_ROWS])
    return len(first) == MAX_ROWS or (bool(first) and first[0][1] - first[0][0] >= SEALED_AFTER)


@transactional
def _seal_next() -> int:
    """How many events; none while another worker is at it."""
    if not hold_if_free(Lock.AUDIT):
        return 0
    unsealed = AuditEvent.objects.unsealed().select_for_update(no_key=True).annotate(now=Moment())
    if not (events := list(unsealed[:MAX_ROWS])):
        return 0
    last = AuditBatch.objects.order_by("-number").first()
    batch = AuditBatch(
        number=1 if last is None else last.number + 1,
        first_row=1 if last is None else last.last_row + 1,
        sealed_at=events[0].now,  # type: ignore[attr-defined]  # annotated above
        previous_head=START if last is None else last.head,
    )
    _fill(batch, events)
    transaction.on_commit(partial(_tell, batch.name, batch.rows))
    return len(events)


def _fill(batch: AuditBatch, events: list[AuditEvent]) -> None:
    for number, event in enumerate(events, start=batch.first_row):
        event.number = number
    batch.last_row = batch.first_row + len(events) - 1
    batch.head = batch.head_over(events)
    batch.save(force_insert=True)
    AuditEvent.objects.bulk_update(events, ["number"], batch_size=NUMBERED_AT_ONCE)


def _tell(head: str, events: int) -> None:
    """The head in the log stream, out of reach of whoever can write to the database."""
    metrics.AUDIT_BATCHES.inc()
    log.info("audit_sealed", head=head, events=events)
