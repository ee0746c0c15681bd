"""From the rates of each round to ratios: pair by pair, so that a slow moment of the machine meets both alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, quantiles


@dataclass(frozen=True, slots=True)
class Spread:
    median: float
    low: float
    high: float

    @classmethod
    def of(cls, samples: Sequence[float]) -> "Spread":
        return cls(median(samples), min(samples), max(samples))


@dataclass(frozen=True, slots=True)
class Comparison:
    """Rates a second of both sides, and ours divided by theirs."""

    row: str
    against: str
    ours: Spread
    theirs: Spread
    ratio: Spread
    at_least: float | None
    """How many times as fast ours must be; None where it is only measured."""

    @property
    def is_met(self) -> bool:
        return self.at_least is None or self.ratio.median >= self.at_least


def compare(
    row: str, against: str, *, ours: Sequence[float], theirs: Sequence[float], at_least: float | None = None
) -> Comparison:
    """Both sides round by round, in the same order."""
    ratios = [mine / other for mine, other in zip(ours, theirs, strict=True)]
    return Comparison(row, against, Spread.of(ours), Spread.of(theirs), Spread.of(ratios), at_least)


def percentile(values: Sequence[float], percent: int) -> float:
    """The value that so many in a hundred do not exceed; interpolated."""
    return quantiles([*values, values[-1]], n=100, method="inclusive")[percent - 1]  # takes two at least
