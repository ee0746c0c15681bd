"""Moments as an operator reads them: the date, and how far away it is."""

from datetime import UTC, datetime
from typing import Final

UNITS: Final = (("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1))


def told(moment: datetime, *, now: datetime) -> str:
    """`2026-11-21T14:20:38Z, 3 minutes ago`."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}, {relative(moment, now=now)}"


def relative(moment: datetime, *, now: datetime) -> str:
    """`3 minutes ago`, `in 2 minutes`, `now`: in the largest unit that fits, rounded down."""
    seconds = round((moment - now).total_seconds())
    unit, size = next(((unit, size) for unit, size in UNITS if abs(seconds) >= size), ("", 0))
    if not size:
        return "now"
    count = abs(seconds) // size
    words = f"{count:,} {unit}{'' if count == 1 else 's'}"
    return f"in {words}" if seconds > 0 else f"{words} ago"


def from_claim(value: object) -> datetime | None:
    """A claim's seconds since the epoch as a date; None when it has none."""
    if type(value) is not int:
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        return None
