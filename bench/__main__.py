"""Measures authservice side by side with a stock project: `make bench`, or less of it: ARGS="--rows verify"."""

import argparse
import json
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bench import cores, document, generator, ground, plot, programme, results, servers, table
from bench.contest import Project
from bench.cores import Cores
from bench.gates import Finding
from bench.load import WrongAnswerError
from bench.ratios import Spread
from bench.remote import ground as remote_ground
from bench.results import Results
from bench.rounds import Measuring
from bench.rows import CEILING, HELLO, ROWS

OUTPUT: Final = Path(__file__).resolve().parent.parent / "var" / "bench"


def main(arguments: Sequence[str]) -> int:
    options = parse(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that everything is cleared away
    try:
        found = measure(options, cores.choose())
    except (WrongAnswerError, OSError, EOFError, RuntimeError) as exc:
        tell("\n".join([f"ABORTED, and nothing of this run counts: {exc!r}", *getattr(exc, "__notes__", [])]))
        return 2
    write(found)
    print(table.text(found))
    return 0 if found.is_good else 1  # 1: something promised was missed


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="how many are counted (default: 7); one more warms up")
    parser.add_argument("--seconds", type=float, default=2.0, help="of each contender in each round (default: 2)")
    parser.add_argument(
        "--rows", default=",".join(programme.NAMES), help=f"some of {','.join(programme.NAMES)} (default: all)"
    )
    parser.add_argument("--users", type=int, default=10_000, help="people with a token each (default: 10000)")
    options = parser.parse_args(arguments)
    asked = set(options.rows.split(","))
    if unknown := asked - set(programme.NAMES):
        parser.error(f"there is no row {', '.join(sorted(unknown))}")
    options.rows = [name for name in programme.NAMES if name in asked]
    if options.rounds < 1 or options.seconds <= 0 or options.users < max(row.connections for row in ROWS):
        parser.error("rounds and seconds are above 0, and there are more users than connections")
    return options


def measure(options: argparse.Namespace, pins: Cores) -> Results:
    facts = {"rounds": options.rounds, "seconds": options.seconds, "users": options.users, "threads": servers.THREADS}
    facts |= results.machine()
    tell("PostgreSQL, people and servers")
    rows = [row for name in options.rows if (row := programme.row(name))]
    is_remote = any(row.project == Project.REMOTE for row in rows)
    tokens = programme.tokens(options.rows, seconds=options.seconds, rounds=options.rounds)
    with (
        ground.prepared(pins, users=options.users, tokens=tokens) as prepared,
        generator.running(pins.load) as running,
        remote_ground.prepared(prepared, pins, is_wanted=is_remote) as remote,
    ):
        os.sched_setaffinity(0, {pins.load})
        resident = servers.resident_bytes(prepared.servers[Project.AUTHSERVICE])
        measuring = Measuring(prepared, running, pins, options.rounds, options.seconds, tell, resident, remote)
        tell("what the load generator can measure")
        bare = measuring.of([CEILING], connections=max(row.connections for row in ROWS))
        ceiling = Spread.of([tally.rate for tally in bare[HELLO]])
        found = {name: programme.measure(name, measuring) for name in options.rows}
    samples = {name: each for name, each in found.items() if not isinstance(each, Finding)}
    findings = {name: each for name, each in found.items() if isinstance(each, Finding)}
    return Results(facts, samples, ceiling, findings)


def write(found: Results) -> None:
    OUTPUT.mkdir(parents=True, exist_ok=True)
    (OUTPUT / "latest.json").write_text(json.dumps(found.as_json(), indent=2) + "\n", encoding="utf-8")
    (OUTPUT / "latest.md").write_text(document.text(found), encoding="utf-8")
    (OUTPUT / "latest.svg").write_text(plot.svg(found), encoding="utf-8")


def tell(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
