"""Removes what is over."""

from datetime import timedelta
from typing import Any, Final

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import AttemptCounter, Code, KnownNetwork, Session
from accounts.models.networks import KNOWN_FOR
from accounts.services.rounds import Turn

BATCH: Final = 500
KEPT_AFTER_END: Final = timedelta(days=1)  # so that a late refresh still learns why


def purge() -> int:
    """Remove sessions and codes a day after their end, closed counters, networks not seen for long. How many rows, in a
    turn."""
    turn = Turn()
    before = timezone.now() - KEPT_AFTER_END
    over = Session.objects.filter(Q(expires_at__lt=before) | Q(revoked_at__lt=before))
    closed = AttemptCounter.objects.filter(expires_at__lt=timezone.now())
    forgotten = KnownNetwork.objects.filter(last_seen_at__lt=timezone.now() - KNOWN_FOR)
    spent = Code.objects.filter(expires_at__lt=before)
    return sum(_remove(rows, turn) for rows in (over, closed, forgotten, spent))


def _remove(rows: QuerySet[Any], turn: Turn) -> int:
    """In batches, so that no statement runs long; one at least, so that none of the kinds waits for another.
    `rows` is asked again at each: what was renewed meanwhile stays.
    """
    removed = 0
    while batch := list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH]):
        count, _ = rows.filter(pk__in=batch).delete()
        removed += count
        if len(batch) < BATCH or turn.is_over:
            break
    return removed
