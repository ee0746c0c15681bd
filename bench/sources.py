"""The requests of a contender, prepared as bytes before the clock runs, in the order in which people are chosen."""

import json
from collections.abc import Iterator
from itertools import cycle
from typing import Final, Protocol

from bench import zipf
from bench.people import PASSWORD, People, Person
from bench.rows import Work

CHOICES: Final = 50_000  # a round, and then over again


class Source(Protocol):
    """Gives out one request at a time to each connection."""

    repeated: int
    """How many requests of this round were about somebody who had been asked about before."""

    def begin(self, seed: int) -> None:
        """Choose the people of a round."""

    def take(self, connection: int) -> bytes:
        """The next request."""

    def answered(self, connection: int, body: bytes) -> None:
        """The right answer to what this connection took last."""


def prepare(work: Work, people: People, *, connections: int) -> Source:
    return Renewing(work, people, connections=connections) if work.renews else Repeating(work, people)


class Repeating:
    """The same request whenever its person is chosen."""

    def __init__(self, work: Work, people: People) -> None:
        self._requests = [request(work, person) for person in people.persons]
        self._met = bytearray(len(self._requests))
        self._order: Iterator[int] = iter(())
        self.repeated = 0

    def begin(self, seed: int) -> None:
        self._order = cycle(zipf.choose(len(self._requests), size=CHOICES, seed=seed))
        self.repeated = 0

    def take(self, connection: int) -> bytes:
        number = next(self._order)
        self.repeated += self._met[number]
        self._met[number] = 1
        return self._requests[number]

    def answered(self, connection: int, body: bytes) -> None:
        pass


class Renewing:
    """A refresh token is sent once. Each connection has people of its own, so that no two send one at once."""

    def __init__(self, work: Work, people: People, *, connections: int) -> None:
        self._work = work
        self._persons = list(people.persons)
        self._connections = connections
        self._taken = [0] * connections
        self._order: Iterator[int] = iter(())
        self.repeated = 0

    def begin(self, seed: int) -> None:
        groups = len(self._persons) // self._connections
        self._order = cycle(zipf.choose(groups, size=CHOICES, seed=seed))

    def take(self, connection: int) -> bytes:
        number = self._taken[connection] = next(self._order) * self._connections + connection
        return request(self._work, self._persons[number])

    def answered(self, connection: int, body: bytes) -> None:
        number = self._taken[connection]
        self._persons[number] = self._persons[number]._replace(refresh=json.loads(body)["refresh"])


def request(work: Work, person: Person) -> bytes:
    """HTTP/1.1 with what the work wants said of this person."""
    known = person._asdict() | {"password": PASSWORD}
    said = {"query": work.query} if work.query else {name: known[attribute] for name, attribute in work.members}
    body = json.dumps(said) if said else ""
    lines = [f"{work.method} {work.path} HTTP/1.1", "Host: 127.0.0.1", "Accept: application/json"]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    if work.shows_token:
        lines.append(f"Authorization: Bearer {person.access}")
    return "\r\n".join([*lines, "", body]).encode("ascii")
