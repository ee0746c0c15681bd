"""The results as a table for a terminal."""

from collections.abc import Sequence
from typing import Final

from bench.ratios import Spread
from bench.results import Results

GATES: Final = ("work", "target", "measured", "")
HEADINGS: Final = ("work", "authservice, a second", "against", "a second", "ratio, pair by pair")
WHOLE_FROM: Final = 100
HUNDREDTHS_FROM: Final = 0.1


def text(results: Results) -> str:
    """Everything that a run has to say."""
    return "\n".join(
        [
            *preamble(results),
            "",
            *_aligned([GATES, *gates(results)]),
            "",
            *_aligned([HEADINGS, *comparisons(results)]),
            "",
            *remarks(results),
            "",
            verdict(results),
        ]
    )


def preamble(results: Results) -> list[str]:
    facts = results.facts
    return [
        f"Median (lowest to highest) of {facts['rounds']} rounds of {facts['seconds']:g} s; {facts['users']:,} people.",
        f"One core for the server with {facts['threads']} threads, another for its load and PostgreSQL (fsync off).",
        f"Load average before: {', '.join(f'{load:.2f}' for load in facts['load_average'])}.",
    ]


def gates(results: Results) -> list[tuple[str, ...]]:
    """What was promised first, then what was only measured."""
    ordered = sorted(results.gates, key=lambda gate: gate.is_met is None)
    return [(gate.work, gate.target, gate.measured, gate.verdict) for gate in ordered]


def comparisons(results: Results) -> list[tuple[str, ...]]:
    return [
        (each.row, rate(each.ours), each.against, rate(each.theirs), ratio(each.ratio)) for each in results.comparisons
    ]


def remarks(results: Results) -> list[str]:
    return [f"The load generator with a bare hello: {rate(results.ceiling)} a second.", *results.remarks]


def verdict(results: Results) -> str:
    promised = [gate for gate in results.gates if gate.is_met is not None]
    missed = [gate.work for gate in promised if not gate.is_met]
    return f"MISSED: {len(missed)} of {len(promised)}." if missed else f"All {len(promised)} targets are met."


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
