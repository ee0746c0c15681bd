"""What more threads, and more workers, add: measured, and promised nowhere."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict
from typing import Final

from bench import servers, table
from bench.contest import Project, Row
from bench.gates import Finding, Gate
from bench.load import Tally
from bench.ratios import Spread
from bench.rounds import Measuring
from bench.rows import ROWS
from bench.servers import THREADS, Server

ROUNDS: Final = 3
WORKS: Final = ("verify", "refresh")
Rounds = dict[str, list[Tally]]


def measure(measuring: Measuring) -> Finding:
    """Threads on the server's core; workers on both, the second of which they share with load and PostgreSQL."""
    rows = [row for row in ROWS if row.name in WORKS]
    with ExitStack() as stack:
        running = _servers(measuring, stack)
        found = {row.name: _rounds(measuring, row, running) for row in rows}
    gates = [
        Gate(f"{row.title}, {name}", "", _measured(tallies), None)
        for row in rows
        for name, tallies in found[row.name].items()
    ]
    plain = {row: {name: [asdict(t) for t in tallies] for name, tallies in of.items()} for row, of in found.items()}
    return Finding(gates, rounds=plain)


def _servers(measuring: Measuring, stack: ExitStack) -> dict[str, Server]:
    pins = measuring.pins
    one, two = [pins.server], [pins.server, pins.load]
    asked = {
        "1 thread": (1, 1, one),
        "8 threads": (8, 1, one),
        "1 worker on two cores": (THREADS, 1, two),
        "2 workers on two cores": (THREADS, 2, two),
    }
    return {
        name: stack.enter_context(servers.running(measuring.ground.env, threads=threads, workers=workers, cores=cores))
        for name, (threads, workers, cores) in asked.items()
    }


def _rounds(measuring: Measuring, row: Row, running: dict[str, Server]) -> Rounds:
    measuring.tell(f"{row.title}, by threads and workers")
    (ours, *_), people = row.contenders, measuring.ground.people[Project.AUTHSERVICE]
    found: Rounds = {name: [] for name in running}
    for number in range(ROUNDS + 1):
        for name, server in running.items():
            tally = measuring.ask(server, ours, people, number, row.connections)
            if number:  # the first one warms up
                found[name].append(tally)
    return found


def _measured(tallies: Sequence[Tally]) -> str:
    p99 = Spread.of([each.p99_ms for each in tallies])
    return f"{table.rate(Spread.of([each.rate for each in tallies]))} a second, p99 {p99.median:.2f} ms"
