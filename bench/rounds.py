"""Rounds: every contender of a row has its turn, A B A B …, so that all of them meet the same machine."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bench import cpu, hashing
from bench.cores import Cores
from bench.generator import Generator, Job
from bench.ground import Ground
from bench.load import Tally
from bench.people import People
from bench.remote.process import Remote, Turn
from bench.rows import Contender, Project, Row

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
        server = self.ground.servers[contender.project]
        before = cpu.seconds_of(server.group)
        found = self.generator.run(Job(server.port, people, contender.work, connections, self.seconds, number))
        return replace(found, server_busy=(cpu.seconds_of(server.group) - before) / found.seconds)
