"""The remote service's process: does one deed after the other for as long as it is told."""

import importlib
import multiprocessing
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

import django

from bench.load import Tally, tally
from bench.people import People

JOIN_SECONDS: Final = 5
FOLLOWED_SECONDS: Final = 3.0
LEAD_IN_SECONDS: Final = 2.0
AT_A_TIME: Final = 20
CONNECTOR: Final = Path(__file__).resolve().parents[2] / "connector" / "src"


@dataclass(frozen=True, slots=True)
class Turn:
    deed: str
    seconds: float


class Remote:
    def __init__(self, pipe: "Connection[Turn, Tally | Exception]") -> None:
        self._pipe = pipe

    def run(self, turn: Turn) -> Tally:
        """Whatever the deed raised; EOFError when the process has ended."""
        self._pipe.send(turn)
        outcome = self._pipe.recv()
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


@contextmanager
def running(core: int, env: Mapping[str, str], people: Path) -> Iterator[Remote]:
    """In a process of its own, under these settings, on a core of its own."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(theirs, core, dict(env), people), daemon=True)
    process.start()
    theirs.close()
    try:
        yield Remote(ours)
    finally:
        process.terminate()
        process.join(JOIN_SECONDS)
        ours.close()


def _work(pipe: "Connection[Tally | Exception, Turn]", core: int, env: Mapping[str, str], people: Path) -> None:
    os.sched_setaffinity(0, {core})
    os.environ |= env
    try:
        deeds = _prepared(People.read(people))
        while True:
            turn = pipe.recv()
            pipe.send(_do(deeds[turn.deed], turn.seconds))
    except EOFError:
        return
    except Exception as exc:  # noqa: BLE001 - whatever a deed raises, the run is worth nothing
        pipe.send(RuntimeError(repr(exc)))


def _prepared(people: People) -> Mapping[str, Callable[[], None]]:
    sys.path.append(str(CONNECTOR))
    django.setup()
    prepare = importlib.import_module("bench.remote.deeds").prepare  # what it imports wants the settings
    deeds: Mapping[str, Callable[[], None]] = prepare([person.access for person in people.persons])
    deeds["seen"]()
    time.sleep(FOLLOWED_SECONDS)  # from here on nothing is asked any more
    return deeds


def _do(deed: Callable[[], None], seconds: float) -> Tally:
    """Measured behind a lead-in: whoever was remembered in the last turn is so no more."""
    _repeat(deed, LEAD_IN_SECONDS)
    began = time.perf_counter()
    latencies = _repeat(deed, seconds)
    found = tally(latencies, seconds=time.perf_counter() - began)
    return replace(found, requests=found.requests * AT_A_TIME)


def _repeat(deed: Callable[[], None], seconds: float) -> list[float]:
    """A few at a time: looking at the clock takes as long as the shortest of them."""
    latencies: list[float] = []
    began = before = time.perf_counter()
    while before < began + seconds:
        for _ in range(AT_A_TIME):
            deed()
        now = time.perf_counter()
        latencies.append((now - before) / AT_A_TIME)
        before = now
    return latencies
