"""The requests of a contender, in the order in which people are chosen; where it can be, made before the clock runs."""

import json
from collections.abc import Iterator, Mapping
from itertools import cycle
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import urlencode

from bench import people, zipf
from bench.contest import Tokens, Work
from bench.people import PASSWORD, People, Person

CHOICES: Final = 50_000  # a round, and then over again


class Source(Protocol):
    """Gives out one request at a time to each connection."""

    repeated: int
    """How many requests of this round were about what had been asked about before."""

    def begin(self, seed: int) -> None:
        """Choose the people of a round."""

    def take(self, connection: int) -> bytes:
        """The next request."""

    def answered(self, connection: int, body: bytes) -> None:
        """The right answer to what this connection took last."""


def prepare(work: Work, file: Path, *, connections: int) -> Source:
    """`file` is that of the people."""
    known = People.read(file)
    if work.renews:
        return Renewing(work, known, connections=connections)
    if work.tokens != Tokens.EACH:
        return Once(work, people.read_tokens(file, work.tokens))
    return Repeating(work, known)


class Repeating:
    """The same request whenever its person is chosen."""

    def __init__(self, work: Work, known: People) -> None:
        self._requests = [request(work, person, known.client) for person in known.persons]
        self._met = bytearray(len(self._requests))
        self._order: Iterator[int] = iter(())
        self.repeated = 0

    def begin(self, seed: int) -> None:
        self._order = cycle(zipf.choose(len(self._requests), size=CHOICES, seed=seed))
        self.repeated = 0

    def begin_with_everybody(self) -> int:
        """In turn; how many they are."""
        self._order = cycle(range(len(self._requests)))
        return len(self._requests)

    def take(self, connection: int) -> bytes:
        number = next(self._order)
        self.repeated += self._met[number]
        self._met[number] = 1
        return self._requests[number]

    def answered(self, connection: int, body: bytes) -> None:
        pass


class Once:
    """One token after the other, and over again when there are no more, which `repeated` tells of."""

    def __init__(self, work: Work, tokens: list[str]) -> None:
        self._work, self._tokens = work, tokens
        self._taken = 0
        self.repeated = 0

    def begin(self, seed: int) -> None:
        self.repeated = 0

    def take(self, connection: int) -> bytes:
        again, number = divmod(self._taken, len(self._tokens))
        self._taken += 1
        self.repeated += bool(again)
        return request(self._work, Person("", self._tokens[number], ""))

    def answered(self, connection: int, body: bytes) -> None:
        pass


class Renewing:
    """A refresh token is sent once. Each connection has people of its own, so that no two send one at once."""

    def __init__(self, work: Work, known: People, *, connections: int) -> None:
        self._work = work
        self._persons = list(known.persons)
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


def request(work: Work, person: Person, client: Mapping[str, str] | None = None) -> bytes:
    """HTTP/1.1 with what the work wants said of this person, or of the service client."""
    known = person._asdict() | {"password": PASSWORD, "grant_type": "client_credentials"} | dict(client or {})
    said = {"query": work.query} if work.query else {name: known[attribute] for name, attribute in work.members}
    body, kind = "", "application/json"
    if said:
        body = urlencode(said) if work.is_form else json.dumps(said)
        kind = "application/x-www-form-urlencoded" if work.is_form else kind
    lines = [f"{work.method} {work.path} HTTP/1.1", "Host: 127.0.0.1", "Accept: application/json"]
    if body:
        lines += [f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
    if work.shows_token:
        lines.append(f"Authorization: Bearer {person.access}")
    if work.shows_cookie:
        lines.append(f"Cookie: {person.cookie}")
    return "\r\n".join([*lines, "", body]).encode("ascii")
