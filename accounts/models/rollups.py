"""What happened how often, by the minute and by the hour: sums that the worker makes of what all processes count."""

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import IntEnum, StrEnum
from typing import Final

from django.db import connection, models


class Figure(StrEnum):
    SIGN_INS = "sign_ins"
    SIGN_IN_FAILURES = "sign_in_failures"
    VERIFICATIONS = "verifications"
    REFRESHES = "refreshes"
    WORKERS = "workers"
    """One for each worker that was there in that minute."""
    READINGS = "readings"
    """One for each worker that could read what is counted: without any, the others are not nought, but unknown."""


class Span(IntEnum):
    """In minutes."""

    MINUTE = 1
    HOUR = 60


ADD: Final = """
    INSERT INTO accounts_rollup (span, minute, figure, count) VALUES {rows}
    ON CONFLICT (span, minute, figure) DO UPDATE SET count = accounts_rollup.count + excluded.count
"""


class RollupQuerySet(models.QuerySet["Rollup"]):
    def add(self, counts: Mapping[tuple[int, Figure], int]) -> None:
        """By minute and figure, to what other workers have added: in one statement, in which all take the rows in the
        same order, so that none waits for another in a ring.
        """
        rows: dict[tuple[int, int, str], int] = {}
        for (minute, figure), count in counts.items():
            for span in Span:
                key = (span, minute - minute % span, figure)
                rows[key] = rows.get(key, 0) + count
        values = [value for key, count in sorted(rows.items()) for value in (*key, count)]
        with connection.cursor() as cursor:
            cursor.execute(ADD.format(rows=", ".join(["(%s, %s, %s, %s)"] * len(rows))), values)


class Rollup(models.Model):
    """No row says who has counted: the table, and a look at it, cost the same for one machine and for many."""

    span = models.PositiveSmallIntegerField(help_text="How many minutes it sums up: one of Span.")
    minute = models.BigIntegerField(help_text="Its first, counted from the beginning of 1970 in UTC.")
    figure = models.CharField(max_length=32, help_text="One of Figure.")
    count = models.BigIntegerField()

    objects = RollupQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["span", "minute", "figure"], name="one_count_of_a_figure")]


def minute_of(moment: datetime) -> int:
    return int(moment.timestamp()) // 60


def moment_of(minute: int) -> datetime:
    return datetime.fromtimestamp(minute * 60, UTC)
