"""From the rates of each round to ratios: pair by pair, so that a slow moment of the machine meets both alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


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
    is_bound: bool
    """Whether ours must not be slower."""

    @property
    def is_met(self) -> bool:
        return not self.is_bound or self.ratio.median >= 1


def compare(
    row: str, against: str, *, ours: Sequence[float], theirs: Sequence[float], is_bound: bool = False
) -> Comparison:
    """Both sides round by round, in the same order."""
    ratios = [mine / other for mine, other in zip(ours, theirs, strict=True)]
    return Comparison(row, against, Spread.of(ours), Spread.of(theirs), Spread.of(ratios), is_bound)
