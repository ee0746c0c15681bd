"""Watches for consumers that are late to acknowledge deletions: a number for each, and every hour a line."""

import structlog
from django.db.models import Count

from accounts import metrics
from accounts.models import DeletionAcknowledgement, DeletionConsumer
from accounts.services.deleting.reminders import reminders

log = structlog.get_logger("accounts.overdue")


def watch_overdue() -> int:
    """The worker's duty; how many consumers it told of now."""
    late = DeletionAcknowledgement.objects.overdue().order_by().values_list("consumer_id")
    counts: dict[str, int] = dict(late.annotate(Count("pk")))
    for consumer_id in DeletionConsumer.objects.values_list("pk", flat=True):
        metrics.OVERDUE_ACKNOWLEDGEMENTS.labels(consumer_id).set(counts.get(consumer_id, 0))
    due = [consumer_id for consumer_id in sorted(counts) if reminders.is_due(f"overdue:{consumer_id}")]
    for consumer_id in due:
        log.warning("deletion_consumer_overdue", consumer=consumer_id, deletions=counts[consumer_id])
    return len(due)
