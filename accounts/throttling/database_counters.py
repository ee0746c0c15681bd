"""Attempts counted in a table: one statement takes all the places that are asked for at once, one gives them back."""

from datetime import datetime, timedelta
from itertools import chain
from math import ceil
from typing import Any

from django.db import connection
from django.utils import timezone

from accounts.models import AttemptCounter, statements
from accounts.throttling import counting_statements
from accounts.throttling.counters import Full, Place, Reservation, Taken


class DatabaseCounters:
    """A window begins with its first attempt and ends a period later. Times are handed in, so that both databases read
    alike.
    """

    def reserve(self, *places: Place) -> Taken:
        now = timezone.now()
        ends = _taken_in_turn(places, now) if connection.vendor == "postgresql" else _taken_together(places, now)
        for number, (place, end) in enumerate(zip(places, ends, strict=True)):
            if end is None:
                return Taken(_reservations(places[:number], ends), _full(place.key, now))
        return Taken(_reservations(places, ends))

    def release(self, *reservations: Reservation) -> None:
        parameters = list(chain.from_iterable((each.key, each.window_end) for each in reservations))
        if connection.vendor == "postgresql":
            statements.written_row(counting_statements.give_in_turn(len(reservations)), parameters)
        else:
            statements.rows_changed(counting_statements.give_together(len(reservations)), parameters)

    def forget(self, *keys: str) -> None:
        AttemptCounter.objects.filter(key__in=keys).delete()


def _taken_in_turn(places: tuple[Place, ...], now: datetime) -> list[Any]:
    """The end of each window, None for the first that is full and for those after it."""
    parameters = [(place.key, _end(place, now), now, now, now, place.limit.count) for place in places]
    statement = counting_statements.take_in_turn(len(places))
    return list(statements.written_row(statement, list(chain.from_iterable(parameters))) or ())


def _taken_together(places: tuple[Place, ...], now: datetime) -> list[Any]:
    """As `_taken_in_turn`."""
    adapt = connection.ops.adapt_datetimefield_value
    asked = chain.from_iterable((place.key, adapt(_end(place, now)), place.limit.count) for place in places)
    statement = counting_statements.take_together(len(places))
    ends = dict(statements.all_rows(statement, [*asked, *[adapt(now)] * 3], connection))
    return [ends.get(place.key) for place in places]


def _end(place: Place, now: datetime) -> datetime:
    return now + timedelta(seconds=place.limit.period_seconds)


def _reservations(places: tuple[Place, ...], ends: list[Any]) -> list[Reservation]:
    return [Reservation(place.key, end) for place, end in zip(places, ends, strict=False)]


def _full(key: str, now: datetime) -> Full:
    closes = AttemptCounter.objects.filter(key=key).values_list("expires_at", flat=True).first() or now
    return Full(key, retry_after=max(1, ceil((closes - now).total_seconds())))
