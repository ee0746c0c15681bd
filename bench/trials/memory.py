"""How much memory a worker holds after everything that this run put on it, and a turn of each work more."""

from typing import Final

from bench import servers
from bench.contest import Project
from bench.gates import Finding, Gate
from bench.offers import Offering
from bench.rounds import Measuring
from bench.rows import ROWS

AT_MOST_MB: Final = 160
MB: Final = 1_000_000
CLIENTS: Final = 200


def measure(measuring: Measuring) -> Finding:
    """Resident, with what it shares with others; the server on which the rows were measured."""
    measuring.tell("memory")
    server, people = measuring.ground.servers[Project.AUTHSERVICE], measuring.ground.people[Project.AUTHSERVICE]
    for row in (row for row in ROWS if row.project == Project.AUTHSERVICE):
        measuring.ask(server, row.contenders[0], people, 0, row.connections)
    login = next(row.ours for row in ROWS if row.name == "login")
    measuring.generator.run(Offering(server.port, people, login, CLIENTS, measuring.seconds, may_be_refused=True))
    before, after = measuring.resident_before / MB, servers.resident_bytes(server) / MB
    return Finding(
        [
            Gate(
                "resident memory of a worker after the load",
                f"≤ {AT_MOST_MB} MB",
                f"{after:.0f} MB, before {before:.0f} MB",
                after <= AT_MOST_MB,
            )
        ],
        rounds={"resident_mb": {"before": before, "after": after}},
    )
