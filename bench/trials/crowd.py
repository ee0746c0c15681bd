"""How long a verification takes while 200 clients keep offering sign-ins, beside how long it takes without them."""

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Final

from accounts import hashing
from bench import generator, servers
from bench.contest import Project
from bench.gates import Finding, Gate
from bench.generator import Generator
from bench.offers import Offered, Offering
from bench.ratios import Spread, percentile
from bench.rounds import Measuring
from bench.rows import ROWS
from bench.servers import Server

CLIENTS: Final = 200
VERIFYING: Final = 8
EVERY_SECONDS: Final = 0.02
"""From each of those who verify, so that without a crowd the server is far from busy."""
GATHERING_SECONDS: Final = 1.0
"""The crowd is there before the verifications are timed, and until they are done."""
BACKGROUND: Final = 10
"""The niceness of the crowd's own process: it is not to be what verifications wait for."""
AT_MOST: Final = {"one shared core": 8.0, "a second core": 5.0}
_works = {row.name: row.ours for row in ROWS}


@dataclass(frozen=True, slots=True)
class Round:
    """p99 in milliseconds, and the sign-ins of the crowd."""

    idle_ms: float
    busy_ms: float
    signed_in: int
    refused: int
    longest_seconds: float


def measure(measuring: Measuring) -> Finding:
    """The crowd does as it is told when it is refused with 503 and Retry-After."""
    pins = measuring.pins
    cores = dict(zip(AT_MOST, ([pins.server], [pins.server, pins.load]), strict=True))
    found: dict[str, list[Round]] = {}
    with generator.running(pins.load, niceness=BACKGROUND) as crowd:
        for place, pinned in cores.items():
            measuring.tell(f"verify in a crowd, {place}")
            with servers.running(measuring.ground.env, cores=pinned) as server:
                rounds = [_round(measuring, server, crowd) for _ in range(measuring.rounds + 1)]
            found[place] = rounds[1:]  # the first one warms up
    return Finding(
        [*(_gate(place, rounds) for place, rounds in found.items()), _longest(found)],
        [_remark(place, rounds) for place, rounds in found.items()],
        {place: [asdict(each) for each in rounds] for place, rounds in found.items()},
    )


def _round(measuring: Measuring, server: Server, crowd: Generator) -> Round:
    people = measuring.ground.people[Project.AUTHSERVICE]
    verifying = Offering(
        server.port, people, _works["verify"], clients=VERIFYING, seconds=measuring.seconds, every=EVERY_SECONDS
    )
    signing_in = Offering(
        server.port,
        people,
        _works["login"],
        clients=CLIENTS,
        seconds=measuring.seconds + 2 * GATHERING_SECONDS,
        may_be_refused=True,
    )
    idle = measuring.generator.run(verifying)
    with ThreadPoolExecutor() as pool:
        offered = pool.submit(crowd.run, signing_in)
        time.sleep(GATHERING_SECONDS)
        busy = measuring.generator.run(verifying)
        return _told(idle, busy, offered.result())


def _told(idle: Offered, busy: Offered, crowd: Offered) -> Round:
    return Round(
        idle_ms=percentile(idle.given, 99) * 1000,
        busy_ms=percentile(busy.given, 99) * 1000,
        signed_in=len(crowd.given),
        refused=len(crowd.refused),
        longest_seconds=max([*crowd.given, *crowd.refused]),
    )


def _gate(place: str, rounds: Sequence[Round]) -> Gate:
    ratio = Spread.of([each.busy_ms / each.idle_ms for each in rounds])
    busy, idle = (Spread.of(values).median for values in zip(*((r.busy_ms, r.idle_ms) for r in rounds), strict=True))
    return Gate(
        f"verify p99 while {CLIENTS} clients keep offering sign-ins, {place}",
        f"≤ {AT_MOST[place]:g} × idle",
        f"{ratio.median:.1f} × ({ratio.low:.1f} to {ratio.high:.1f}): {busy:.2f} ms, idle {idle:.2f} ms",
        ratio.median <= AT_MOST[place],
    )


def _longest(found: Mapping[str, Sequence[Round]]) -> Gate:
    longest = max(each.longest_seconds for rounds in found.values() for each in rounds)
    return Gate(
        "the longest that any of these sign-ins took",
        f"≤ {hashing.QUEUE_SECONDS:g} s, the stated time in the queue",
        f"{longest:.2f} s",
        longest <= hashing.QUEUE_SECONDS,
    )


def _remark(place: str, rounds: Sequence[Round]) -> str:
    signed_in, refused = (sum(values) for values in zip(*((r.signed_in, r.refused) for r in rounds), strict=True))
    return f"The crowd, {place}: {signed_in:,} signed in, {refused:,} were told to come again later."
