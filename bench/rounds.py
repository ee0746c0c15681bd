"""Rounds: every contender of a row has its turn, A B A B …, so that all of them meet the same machine."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bench import cpu, hashing, hits
from bench.contest import Contender, Project, Row
from bench.cores import Cores
from bench.generator import Generator, Job, Warming
from bench.ground import Ground
from bench.load import Tally
from bench.people import People
from bench.remote.process import Remote, Turn
from bench.servers import Server

Samples = dict[str, list[Tally]]
"""By contender, one a round; warming up is not among them."""


@dataclass(frozen=True, slots=True)
class Measuring:
    ground: Ground
    generator: Generator
    pins: Cores
    rounds: int
    seconds: float
    tell: Callable[[str], None]
    resident_before: int
    """Bytes of authservice's worker, before anything was asked."""
    remote: Remote | None = None

    def row(self, row: Row) -> Samples:
        self.tell(row.title)
        return self.of(row.contenders, connections=row.connections)

    def of(self, contenders: Sequence[Contender], *, connections: int) -> Samples:
        samples: Samples = {contender.name: [] for contender in contenders}
        for number in range(self.rounds + 1):
            for contender in contenders:
                tally = self._turn(contender, number, connections)
                if number:  # the first one warms up
                    samples[contender.name].append(tally)
            self.tell(f"  {number} of {self.rounds}" if number else "  warm")
        return samples

    def _turn(self, contender: Contender, number: int, connections: int) -> Tally:
        if contender.project == Project.REMOTE:
            assert self.remote is not None
            return self.remote.run(Turn(contender.work.path, self.seconds))
        people = self.ground.people[contender.project]
        if contender.project == Project.HASH:
            encoded = People.read(people).encoded
            return hashing.measure(encoded, core=self.pins.server, seconds=self.seconds)
        return self.ask(self.ground.servers[contender.project], contender, people, number, connections)

    def ask(self, server: Server, contender: Contender, people: Path, number: int, connections: int) -> Tally:
        """One turn of the load generator, with what the server says of it."""
        is_ours = contender.project == Project.AUTHSERVICE
        job = server.port, people, contender.work, connections, self.seconds, number
        if contender.work.is_warmed:
            self.generator.run(Warming(*job))
        known = hits.standing_reads(server.port) if is_ours else {}
        before = cpu.seconds_of(server.group)
        found = self.generator.run(Job(*job))
        busy = (cpu.seconds_of(server.group) - before) / found.seconds
        remembered = hits.from_memory(known, hits.standing_reads(server.port)) if is_ours else None
        return replace(found, server_busy=busy, from_memory=remembered)
