"""Series as Unfold's charts take them, and the same as a table for whoever does not see a chart."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from accounts.admin.cells import NOTHING
from accounts.models import Figure
from accounts.services.figures.charts import DAY, Series

PRIMARY: Final = "var(--color-primary-500)"
GREEN: Final = "#16a34a"
RED: Final = "#dc2626"
TICK: Final = {"color": "#9ca3af"}
PLAIN: Final = {"border": {"width": 0}}
OPTIONS: Final = json.dumps(
    {
        "animation": False,
        "responsive": True,
        "maintainAspectRatio": False,
        "interaction": {"mode": "index", "intersect": False},
        "plugins": {"legend": {"display": False}},
        # A point beside which nothing is known is seen by itself; on a line it is as thick as that.
        "datasets": {"line": {"borderWidth": 2, "pointRadius": 1, "pointHitRadius": 8}},
        "scales": {
            "x": {**PLAIN, "grid": {"display": False}, "ticks": {**TICK, "maxTicksLimit": 7, "maxRotation": 0}},
            "y": {**PLAIN, "beginAtZero": True, "ticks": {**TICK, "maxTicksLimit": 5, "precision": 0}},
        },
    }
)
"""Unfold's own begin a line's axis wherever it suits the line, and write a million without commas."""


@dataclass(frozen=True, slots=True)
class Line:
    name: str
    values: Sequence[int | None]
    colour: str

    @property
    def as_dataset(self) -> dict[str, Any]:
        look = {"borderColor": self.colour, "backgroundColor": self.colour, "spanGaps": False}
        return {"label": self.name, "data": list(self.values)} | look


@dataclass(frozen=True, slots=True)
class Chart:
    """`data` and `options` are what Unfold's component hands to Chart.js: a bar for a day, a point for ten minutes."""

    title: str
    lines: Sequence[Line]
    begins: Sequence[datetime]
    is_daily: bool

    @property
    def options(self) -> str:
        return OPTIONS

    @property
    def is_empty(self) -> bool:
        return all(value is None for line in self.lines for value in line.values)

    @property
    def data(self) -> str:
        form = "%d %b" if self.is_daily else "%H:%M"
        labels = [format(begin, form) for begin in self.begins]
        return json.dumps({"labels": labels, "datasets": [line.as_dataset for line in self.lines]})

    @property
    def table(self) -> dict[str, Any]:
        """Newest first, and only what is known."""
        rows = [
            [f"{begin:%Y-%m-%d %H:%M} UTC", *(NOTHING if value is None else value for value in values)]
            for begin, *values in zip(self.begins, *(line.values for line in self.lines), strict=True)
            if any(value is not None for value in values)
        ]
        return {"headers": ["From", *(line.name for line in self.lines)], "rows": rows[::-1]}


def of(series: Series) -> list[Chart]:
    figures, is_daily = series.figures, series.step_minutes >= DAY
    sign_ins = Line("Sign-ins", figures[Figure.SIGN_INS], GREEN)
    failures = Line("Failed sign-ins", figures[Figure.SIGN_IN_FAILURES], RED)
    verifications = Line("Verifications", figures[Figure.VERIFICATIONS], PRIMARY)
    return [
        Chart("Sign-ins", [sign_ins, failures], series.begins, is_daily),
        Chart("Verifications", [verifications], series.begins, is_daily),
        Chart("Active sessions", [Line("Active sessions", series.active, PRIMARY)], series.begins, is_daily),
    ]
