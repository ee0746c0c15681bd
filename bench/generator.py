"""The load generator's process: takes one job after the other, and remembers each contender's tokens in between."""

import math
import multiprocessing
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

from bench import load, sources
from bench.contest import Work
from bench.load import Tally, WrongAnswerError
from bench.sources import Repeating, Source

JOIN_SECONDS: Final = 5
WARMING_SECONDS: Final = 60.0

Known = dict[tuple[Path, Work], Source]
Found_co = TypeVar("Found_co", covariant=True)


class Doable(Protocol[Found_co]):
    """What a generator can be told to do."""

    def do(self, known: Known) -> Found_co:
        """`known`: what earlier jobs of this process have prepared."""


@dataclass(frozen=True, slots=True)
class Job:
    """One contender's turn in a round, which is also the seed of whom it is asked about."""

    port: int
    people: Path
    work: Work
    connections: int
    seconds: float
    round: int

    def do(self, known: Known) -> Tally:
        source = self._source(known)
        source.begin(self.round)
        return self._drive(source, self.seconds)

    def _source(self, known: Known) -> Source:
        key = self.people, self.work
        if key not in known:
            known[key] = sources.prepare(self.work, self.people, connections=self.connections)
        return known[key]

    def _drive(self, source: Source, seconds: float, at_most: float = math.inf) -> Tally:
        expects, connections = self.work.expects.encode(), self.connections
        return load.drive(self.port, source, expects=expects, connections=connections, seconds=seconds, at_most=at_most)


@dataclass(frozen=True, slots=True)
class Warming(Job):
    """Everybody is asked about once."""

    def do(self, known: Known) -> Tally:
        source = self._source(known)
        assert isinstance(source, Repeating)
        return self._drive(source, WARMING_SECONDS, at_most=source.begin_with_everybody())


class Generator:
    def __init__(self, pipe: "Connection[Doable[Any], Any]") -> None:
        self._pipe = pipe

    def run(self, job: Doable[Found_co]) -> Found_co:
        """WrongAnswerError or OSError as the work met it; EOFError when the process has ended."""
        self._pipe.send(job)
        outcome = self._pipe.recv()
        if isinstance(outcome, Exception):
            raise outcome
        found: Found_co = outcome
        return found


@contextmanager
def running(core: int, *, niceness: int = 0) -> Iterator[Generator]:
    """A generator in a process of its own, on a core of its own."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(theirs, core, niceness), daemon=True)
    process.start()
    theirs.close()  # so that its death is an end of file here
    try:
        yield Generator(ours)
    finally:
        process.terminate()
        process.join(JOIN_SECONDS)
        ours.close()


def _work(pipe: "Connection[Any, Doable[Any]]", core: int, niceness: int) -> None:
    os.sched_setaffinity(0, {core})
    os.nice(niceness)
    known: Known = {}
    while True:
        try:
            job = pipe.recv()
        except EOFError:
            return
        try:
            pipe.send(job.do(known))
        except (WrongAnswerError, OSError) as exc:
            pipe.send(exc)
