"""Where attempts are counted: one contract, kept by the database and by Redis."""

from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from typing import Any, Final, Protocol

from django.db import connection
from django.utils import timezone

from accounts.conf import Limit
from accounts.models import AttemptCounter, statements


@dataclass(frozen=True, slots=True)
class Reservation:
    """A place taken in a window, which closes at `window_end`, as the counters write it."""

    key: str
    window_end: Any


@dataclass(frozen=True, slots=True)
class Full:
    """No place is left for `retry_after` whole seconds."""

    retry_after: int


class Counters(Protocol):
    """Takes places in windows atomically: of any number of parallel callers, at most `limit.count` get one."""

    def reserve(self, key: str, limit: Limit) -> Reservation | Full: ...

    def release(self, reservation: Reservation) -> None:
        """Give the place back; nothing happens when its window is over."""

    def forget(self, *keys: str) -> None:
        """Close their windows at once, as if nobody had tried."""


# One statement: the row lock decides among parallel callers. Times are handed in, so that both databases read alike.
RESERVE: Final = """
    INSERT INTO accounts_attemptcounter (key, count, expires_at) VALUES (%s, 1, %s)
    ON CONFLICT (key) DO UPDATE SET
        count = CASE WHEN accounts_attemptcounter.expires_at <= %s THEN 1 ELSE accounts_attemptcounter.count + 1 END,
        expires_at = CASE
            WHEN accounts_attemptcounter.expires_at <= %s THEN excluded.expires_at
            ELSE accounts_attemptcounter.expires_at
        END
    WHERE accounts_attemptcounter.expires_at <= %s OR accounts_attemptcounter.count < %s
    RETURNING expires_at
"""
RELEASE: Final = """
    UPDATE accounts_attemptcounter SET count = count - 1 WHERE key = %s AND expires_at = %s AND count > 0
"""


class DatabaseCounters:
    """Counts in a table. A window begins with its first attempt and ends a period later."""

    def reserve(self, key: str, limit: Limit) -> Reservation | Full:
        now = timezone.now()
        window_end = now + timedelta(seconds=limit.period_seconds)
        adapt = connection.ops.adapt_datetimefield_value
        moment, end = adapt(now), adapt(window_end)
        taken = statements.written_row(RESERVE, [key, end, moment, moment, moment, limit.count])
        if taken is not None:
            return Reservation(key, *taken)
        closes = AttemptCounter.objects.filter(key=key).values_list("expires_at", flat=True).first() or now
        return Full(retry_after=max(1, ceil((closes - now).total_seconds())))

    def release(self, reservation: Reservation) -> None:
        statements.rows_changed(RELEASE, [reservation.key, reservation.window_end])

    def forget(self, *keys: str) -> None:
        AttemptCounter.objects.filter(key__in=keys).delete()
