"""Clients that come at times of their own, whatever the others do, and are told to come again later."""

import heapq
import re
import select
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Final

from bench import load, sources
from bench.contest import Work
from bench.generator import Known
from bench.load import PATIENCE_SECONDS, Connection, WrongAnswerError
from bench.people import People

ARRIVING_SECONDS: Final = 1.0
"""They do not all come at once."""
STATUS: Final = slice(9, 12)
RETRY_AFTER: Final = re.compile(rb"\r\nretry-after: *([0-9]+)\r\n", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Offered:
    """How long each answer took, in seconds, of those that were given and of those that were told to come again."""

    given: list[float]
    refused: list[float]


@dataclass(frozen=True, slots=True)
class Offering:
    """So many clients for so long, each with a request of its own every `every` seconds, or as soon as it is answered.

    Who is told to come again later (503 with Retry-After) does, unless they are `impatient`: then at once.
    """

    port: int
    people: Path
    work: Work
    clients: int
    seconds: float
    every: float = 0.0
    may_be_refused: bool = False
    impatient: bool = False

    def do(self, known: Known) -> Offered:
        people = People.read(self.people)
        requests = cycle([sources.request(self.work, person, people.client) for person in people.persons])
        clients = [Connection(self.port, number) for number in range(self.clients)]
        try:
            return _Drive(self, clients, requests.__next__).run()
        finally:
            for client in clients:
                client.socket.close()


class _Drive:
    def __init__(self, offering: Offering, clients: Sequence[Connection], take: Callable[[], bytes]) -> None:
        self._offering, self._take = offering, take
        self._by_number = {client.socket.fileno(): client for client in clients}
        self._found = Offered([], [])
        self._under_way = 0

    def run(self) -> Offered:
        began = time.perf_counter()
        deadline = began + self._offering.seconds
        step = (self._offering.every or ARRIVING_SECONDS) / len(self._by_number)
        waiting = [(began + step * place, number) for place, number in enumerate(self._by_number)]
        with select.epoll() as poll:
            for number in self._by_number:
                poll.register(number, select.EPOLLIN)
            while self._under_way or (waiting and waiting[0][0] < deadline):
                self._send_what_is_due(waiting, deadline)
                self._receive_what_came(poll, waiting)
        return self._found

    def _send_what_is_due(self, waiting: list[tuple[float, int]], deadline: float) -> None:
        while waiting and waiting[0][0] <= min(time.perf_counter(), deadline):
            _, number = heapq.heappop(waiting)
            client, request = self._by_number[number], self._take()
            client.sent_at = time.perf_counter()
            client.socket.sendall(request)
            self._under_way += 1

    def _receive_what_came(self, poll: "select.epoll", waiting: list[tuple[float, int]]) -> None:
        pause = waiting[0][0] - time.perf_counter() if waiting else PATIENCE_SECONDS
        for number, _ in poll.poll(max(pause, 0)):
            client = self._by_number[number]
            client.received += client.socket.recv(65536)
            if (answer := load.whole_answer(client.received)) is not None:
                client.received = b""
                self._under_way -= 1
                heapq.heappush(waiting, (self._answered(client, answer), number))

    def _answered(self, client: Connection, answer: load.Answer) -> float:
        """When this client comes again."""
        now = time.perf_counter()
        expects = self._offering.work.expects.encode()
        if answer.head[STATUS] == b"200" and expects in answer.body:
            self._found.given.append(now - client.sent_at)
            return max(client.sent_at + self._offering.every, now)
        later = RETRY_AFTER.search(answer.head)
        if answer.head[STATUS] != b"503" or later is None or not self._offering.may_be_refused:
            raise WrongAnswerError(f"got {answer.head[:500]!r} {answer.body[:300]!r}")
        self._found.refused.append(now - client.sent_at)
        return now if self._offering.impatient else now + int(later[1])
