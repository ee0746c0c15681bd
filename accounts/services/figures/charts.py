"""What the worker has written down, as series in time: the last day by ten minutes, the last month by days."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import F, Sum
from django.utils import timezone

from accounts.conf import auth_settings
from accounts.models import Figure, Rollup
from accounts.models.rollups import Span, minute_of, moment_of
from accounts.principals import Principal
from accounts.services import authorisation
from accounts.services.authorisation import Action

DAY: Final = 24 * 60
DAYS: Final = 30


@dataclass(frozen=True, slots=True)
class Series:
    """One value a step, the oldest first. None is for what nobody knows: no worker was there, or none could read.

    `active` are sessions that were opened or refreshed within an access token's life, on an average. In use, a session
    is refreshed once in that time, so it is their rate times that life: no table is counted for it.
    """

    step_minutes: int
    begins: Sequence[datetime]
    figures: Mapping[Figure, Sequence[int | None]]
    active: Sequence[int | None]

    @property
    def is_empty(self) -> bool:
        return all(value is None for value in self.active)

    def total(self, figure: Figure) -> int:
        return sum(value or 0 for value in self.figures[figure])

    @property
    def last_active(self) -> int | None:
        """Of the newest step that anything is known of."""
        return next((value for value in reversed(self.active) if value is not None), None)


SHOWN: Final = (Figure.SIGN_INS, Figure.SIGN_IN_FAILURES, Figure.VERIFICATIONS, Figure.REFRESHES)


def last_day(*, actor: Principal) -> Series:
    authorisation.require(Action.READ_FIGURES, actor=actor)
    return _series(Span.MINUTE, step=10, steps=DAY // 10)


def last_month(*, actor: Principal) -> Series:
    """By days of UTC, with the one that is under way."""
    authorisation.require(Action.READ_FIGURES, actor=actor)
    return _series(Span.HOUR, step=DAY, steps=DAYS)


def last_sign_of_life(*, actor: Principal) -> datetime | None:
    """Of any worker, to the minute; None if there was none for as long as minutes are kept."""
    authorisation.require(Action.READ_FIGURES, actor=actor)
    minutes = Rollup.objects.filter(span=Span.MINUTE, figure=Figure.WORKERS).order_by("-minute")
    last = minutes.values_list("minute", flat=True).first()
    return None if last is None else moment_of(last)


def _series(span: Span, *, step: int, steps: int) -> Series:
    now = minute_of(timezone.now())
    first = now // step - steps + 1
    sums = _sums(span, step, first)
    places = range(first, first + steps)
    known = [sums[Figure.READINGS].get(place, 0) > 0 for place in places]
    figures = {
        figure: [
            sums[figure].get(place, 0) if is_known else None for place, is_known in zip(places, known, strict=True)
        ]
        for figure in SHOWN
    }
    opened = [
        None if begun is None or renewed is None else begun + renewed
        for begun, renewed in zip(figures[Figure.SIGN_INS], figures[Figure.REFRESHES], strict=True)
    ]
    elapsed = [min(step, now - place * step) for place in places]
    return Series(step, [moment_of(place * step) for place in places], figures, _active(opened, elapsed, step))


def _sums(span: Span, step: int, first: int) -> Mapping[str, Mapping[int, int]]:
    """By figure and step, in one statement: as many rows as the chart has points."""
    rows = Rollup.objects.filter(span=span, minute__gte=first * step).annotate(step=F("minute") / step)
    sums: dict[str, dict[int, int]] = defaultdict(dict)
    for figure, place, total in rows.values_list("figure", "step").annotate(Sum("count")).order_by():
        sums[figure][place] = total
    return sums


def _active(opened: Sequence[int | None], elapsed: Sequence[int], step: int) -> list[int | None]:
    """Over as many steps as an access token's life takes, one at least."""
    life = auth_settings.access_lifetime.total_seconds() / 60
    width = max(1, -(-int(life) // step))
    active: list[int | None] = []
    for place, count in enumerate(opened):
        window = slice(max(0, place - width + 1), place + 1)
        known = [(n, minutes) for n, minutes in zip(opened[window], elapsed[window], strict=True) if n is not None]
        minutes = sum(minutes for _, minutes in known)
        is_known = count is not None and minutes > 0
        active.append(round(sum(n for n, _ in known) * life / minutes) if is_known else None)
    return active
