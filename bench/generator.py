"""The load generator's process: takes one job after the other, and remembers each contender's tokens in between."""

import multiprocessing
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

from bench import load, sources
from bench.load import Tally, WrongAnswerError
from bench.people import People
from bench.rows import Work
from bench.sources import Source

JOIN_SECONDS: Final = 5


@dataclass(frozen=True, slots=True)
class Job:
    """One contender's turn in a round, which is also the seed of whom it is asked about."""

    port: int
    people: Path
    work: Work
    connections: int
    seconds: float
    round: int


class Generator:
    def __init__(self, pipe: "Connection[Job | None, Tally | Exception]") -> None:
        self._pipe = pipe

    def run(self, job: Job) -> Tally:
        """WrongAnswerError or OSError as the work met it; EOFError when the process has ended."""
        self._pipe.send(job)
        outcome = self._pipe.recv()
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


@contextmanager
def running(core: int) -> Iterator[Generator]:
    """A generator in a process of its own, on a core of its own."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(theirs, core), daemon=True)
    process.start()
    theirs.close()  # so that its death is an end of file here
    try:
        yield Generator(ours)
    finally:
        process.terminate()
        process.join(JOIN_SECONDS)
        ours.close()


def _work(pipe: "Connection[Tally | Exception, Job]", core: int) -> None:
    os.sched_setaffinity(0, {core})
    known: dict[tuple[Path, Work], Source] = {}
    while True:
        try:
            job = pipe.recv()
        except EOFError:
            return
        try:
            pipe.send(_do(job, known))
        except (WrongAnswerError, OSError) as exc:
            pipe.send(exc)


def _do(job: Job, known: dict[tuple[Path, Work], Source]) -> Tally:
    key = job.people, job.work
    if key not in known:
        known[key] = sources.prepare(job.work, People.read(job.people), connections=job.connections)
    source = known[key]
    source.begin(job.round)
    expects = job.work.expects.encode()
    return load.drive(job.port, source, expects=expects, connections=job.connections, seconds=job.seconds)
