"""Everything that can be measured, in the order in which it is, and what it needs."""

from collections.abc import Callable, Collection, Mapping
from typing import Final

from bench.contest import Row, Tokens
from bench.gates import Finding
from bench.rounds import Measuring, Samples
from bench.rows import ROWS
from bench.trials import crowd, growth, memory, scale

Trial = Callable[[Measuring], Finding]

TRIALS: Final[Mapping[str, Trial]] = {
    "crowd": crowd.measure,
    "scale": scale.measure,
    "growth": growth.measure,
    "memory": memory.measure,
}
_LOGIN: Final = "login"
_by_name: Final = {row.name: row for row in ROWS}
# The sessions that login opens may end older ones, which others ask about; memory comes after the load.
NAMES: Final = (
    *(name for name in _by_name if name != _LOGIN),
    *(name for name in TRIALS if name != "memory"),
    _LOGIN,
    "memory",
)
A_SECOND: Final = {Tokens.NEW: 13_000, Tokens.COLD: 6_000}
"""More than one core can answer: checking a signature of ES256 takes it 60 µs, and asking PostgreSQL 100 more."""


def row(name: str) -> Row | None:
    """None for a trial."""
    return _by_name.get(name)


def tokens(names: Collection[str], *, seconds: float, rounds: int) -> dict[Tokens, int]:
    """How many tokens to be sent once each these need."""
    needed = dict.fromkeys(A_SECOND, 0.0)
    for each in ROWS:
        if each.ours.tokens in needed:
            turns = (rounds + 1) * (each.name in names) + ("memory" in names)
            needed[each.ours.tokens] += turns * seconds * A_SECOND[each.ours.tokens]
    return {kind: int(count) for kind, count in needed.items()}


def measure(name: str, measuring: Measuring) -> Samples | Finding:
    """Samples of a row, the finding of a trial."""
    known = row(name)
    return measuring.row(known) if known else TRIALS[name](measuring)
