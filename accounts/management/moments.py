"""Times as operators write them at the command line."""

from datetime import UTC, datetime

from django.core.management.base import CommandError
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_aware


def read(text: str, *, option: str) -> datetime:
    """RFC 3339. CommandError that names the option, also without an offset: whose clock it would be nobody knows."""
    try:
        moment = parse_datetime(text)
        if moment is not None and is_aware(moment):
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise CommandError(f"{option}: Write the date, the time and the offset, such as 2030-01-31T08:00:00Z.")
