"""The results as a table for a terminal."""

from collections.abc import Sequence
from typing import Final

from bench.ratios import Comparison, Spread
from bench.results import Results

HEADINGS: Final = ("work", "authservice, a second", "against", "a second", "ratio, pair by pair", "bound")
WHOLE_FROM: Final = 100
HUNDREDTHS_FROM: Final = 0.1


def text(results: Results) -> str:
    """Everything that a run has to say."""
    facts = results.facts
    lines = [
        f"Median (lowest to highest) of {facts['rounds']} rounds of {facts['seconds']:g} s; {facts['users']:,} people.",
        f"One core for the server with {facts['threads']} threads, another for its load and PostgreSQL (fsync off).",
        f"Load average before: {', '.join(f'{load:.2f}' for load in facts['load_average'])}.",
        "",
        *_aligned([HEADINGS, *(_cells(comparison) for comparison in results.comparisons)]),
        "",
        f"The load generator with a bare hello: {rate(results.ceiling)} a second.",
        *results.remarks,
    ]
    return "\n".join(lines)


def _cells(comparison: Comparison) -> tuple[str, ...]:
    least = comparison.at_least
    bound = "" if least is None else f"≥ {least:g}: {'met' if comparison.is_met else 'MISSED'}"
    return (
        comparison.row,
        rate(comparison.ours),
        comparison.against,
        rate(comparison.theirs),
        ratio(comparison.ratio),
        bound,
    )


def rate(spread: Spread) -> str:
    return f"{number(spread.median)} ({number(spread.low)} to {number(spread.high)})"


def ratio(spread: Spread) -> str:
    return f"{times(spread.median)} ({times(spread.low)} to {times(spread.high)})"


def times(value: float) -> str:
    return f"{value:.2f}" if value >= HUNDREDTHS_FROM else f"{value:.4f}"


def number(value: float) -> str:
    return f"{value:,.0f}" if value >= WHOLE_FROM else f"{value:.1f}"


def _aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
