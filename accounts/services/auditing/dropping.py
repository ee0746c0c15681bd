"""Drops audit events that are too old, batch by batch from the beginning of the chain on."""

from functools import partial

import structlog
from django.db import transaction
from django.db.models.functions import Now

from accounts.conf import auth_settings
from accounts.models import AuditBatch, AuditEvent
from accounts.models.locks import Lock, hold_if_free
from accounts.models.moments import Moment
from accounts.services.rounds import Turn
from accounts.services.transactions import transactional

log = structlog.get_logger("accounts.audit")


def drop_old() -> int:
    """The worker's duty; how many events. What is not sealed yet is never dropped."""
    turn, dropped = Turn(), 0
    while auth_settings.audit_retention and (done := _drop_first()):
        dropped += done
        if turn.is_over:
            break
    return dropped


@transactional
def _drop_first() -> int:
    """The oldest batch with all that is personal in it, if it is too old; it stays as what the next one hangs on, and
    the one that did so until now goes.
    """
    kept = AuditBatch.objects.filter(dropped_at__isnull=True).order_by("number").annotate(now=Moment())
    first = kept.first()
    if first is None or first.now - first.sealed_at < auth_settings.audit_retention or not hold_if_free(Lock.AUDIT):
        return 0
    if not AuditBatch.objects.filter(pk=first.pk, dropped_at__isnull=True).update(dropped_at=Now()):
        return 0
    AuditEvent.objects.numbered(first.first_row, first.last_row).order_by().delete()
    AuditBatch.objects.filter(number__lt=first.number).delete()
    transaction.on_commit(partial(log.info, "audit_dropped", head=first.name, events=first.rows))
    return first.rows
