"""Writes down once a minute how much was counted since the last time; the worker's."""

from typing import Final

from django.utils import timezone

from accounts.models import Figure, Rollup
from accounts.models.rollups import Span, minute_of
from accounts.services.figures.counters import Counted, Counters
from accounts.services.rounds import Turn

BATCH: Final = 1000
KEPT_MINUTES: Final = {Span.MINUTE: 2 * 24 * 60, Span.HOUR: 31 * 24 * 60}


class Keeping:
    """A worker's own. The first reading tells nothing yet: nobody knows how much of it was written down before.

    What could not be written down is still to come: the next reading is compared with the last that was.
    """

    def __init__(self) -> None:
        self._counters = Counters()
        self._minute: int | None = None
        self._counted: Counted | None = None

    def keep_figures(self) -> int:
        """What was counted belongs to the minute that has just ended. There is nothing to say of it: 0."""
        minute = minute_of(timezone.now())
        if minute == self._minute:
            return 0
        counted = self._counters.read()
        counts = {(minute, Figure.WORKERS): 1}
        if counted is not None and self._counted is not None:
            increases = _increases(counted, self._counted) | {Figure.READINGS: 1}
            counts |= {(minute - 1, figure): count for figure, count in increases.items() if count}
        Rollup.objects.add(counts)
        self._minute, self._counted = minute, counted
        drop_old(minute)
        return 0


def drop_old(minute: int) -> None:
    """In batches, as far as a turn goes."""
    turn = Turn()
    for span, kept in KEPT_MINUTES.items():
        old = Rollup.objects.filter(span=span, minute__lt=minute - kept).order_by("minute")
        while batch := list(old.values_list("pk", flat=True)[:BATCH]):
            Rollup.objects.filter(pk__in=batch).delete()
            if turn.is_over:
                return


def _increases(counted: Counted, before: Counted) -> dict[Figure, int]:
    """What is less than it was has begun anew, at nought."""
    return {figure: count - before[figure] if count >= before[figure] else count for figure, count in counted.items()}
