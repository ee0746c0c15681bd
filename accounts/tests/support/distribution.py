"""How long each of many trials took, in one line."""

from collections.abc import Sequence
from math import ceil


def describe(seconds: Sequence[float]) -> str:
    """`200 trials: min 3.2 ms, median 41 ms, p90 120 ms, p99 250 ms, max 301 ms`; every number is one that was seen."""
    if not seconds:
        return "0 trials"
    ordered = sorted(seconds)
    points = {"min": 0.0, "median": 0.5, "p90": 0.9, "p99": 0.99, "max": 1.0}
    values = ", ".join(f"{name} {_duration(_nearest_rank(ordered, share))}" for name, share in points.items())
    return f"{len(ordered)} trial{'' if len(ordered) == 1 else 's'}: {values}"


def _nearest_rank(ordered: Sequence[float], share: float) -> float:
    """The smallest value that this share of all does not exceed."""
    return ordered[max(ceil(round(share * len(ordered), 9)) - 1, 0)]


def _duration(seconds: float) -> str:
    if abs(seconds) >= 1:
        return f"{seconds:.2f} s"
    milliseconds = seconds * 1000
    return f"{milliseconds:.0f} ms" if abs(milliseconds) >= 10 else f"{milliseconds:.1f} ms"
