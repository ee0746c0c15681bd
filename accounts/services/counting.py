"""Counts as far as anybody wants to know, so that it costs no more however many there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import QuerySet

MOST: Final = 1000


@dataclass(frozen=True, slots=True)
class Some:
    """So many, MOST at most, and when the oldest of them began."""

    count: int
    is_more: bool
    since: datetime | None


def some(times: "QuerySet[Any, datetime]") -> Some:
    """Of rows in the order of an index, when each began."""
    found: Sequence[datetime] = list(times[: MOST + 1])
    return Some(min(len(found), MOST), len(found) > MOST, min(found, default=None))
