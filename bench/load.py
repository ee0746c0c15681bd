"""The load generator: kept-alive connections on raw sockets, each with one request under way, in one epoll loop."""

import math
import re
import select
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from bench.ratios import percentile
from bench.sources import Source

PATIENCE_SECONDS: Final = 15.0
LENGTH: Final = re.compile(rb"\r\ncontent-length: *([0-9]+)\r\n", re.IGNORECASE)
OK: Final = b"HTTP/1.1 200 "


class WrongAnswerError(Exception):
    """Something else than what the work expects came back; what was measured is worth nothing."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What a round saw. Answers that were under way at its end are waited for, and counted."""

    requests: int
    seconds: float
    p50_ms: float
    p99_ms: float
    repeated: float
    """Share of requests about what had been asked about before."""
    generator_busy: float
    """Share of its core that the generator itself took."""
    server_busy: float = 0.0
    """Share of its core that the server took: well below 1, it waited, or somebody else had the core."""
    from_memory: float | None = None
    """Share of the standings that the server had in memory; None where it has none."""

    @property
    def rate(self) -> float:
        return self.requests / self.seconds

    @property
    def full_rate(self) -> float:
        """The rate, had the server had its core full."""
        return self.rate / (self.server_busy or 1.0)

    @property
    def server_cpu_ms(self) -> float:
        """What one request costs the server."""
        return self.server_busy * self.seconds * 1000 / self.requests


def tally(latencies: Sequence[float], *, seconds: float, repeated: int = 0, cpu_seconds: float = 0.0) -> Tally:
    """Latencies in seconds, one a request."""
    count, p50, p99 = len(latencies), percentile(latencies, 50), percentile(latencies, 99)
    return Tally(count, seconds, p50 * 1000, p99 * 1000, repeated / count, cpu_seconds / seconds)


class Answer(NamedTuple):
    """`head` is the status line and the headers, each with its end of line."""

    head: bytes
    body: bytes


class Connection:
    def __init__(self, port: int, number: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.number = number
        self.sent_at = 0.0
        self.received = b""


def drive(
    port: int, source: Source, *, expects: bytes, connections: int, seconds: float, at_most: float = math.inf
) -> Tally:
    """Keep every connection busy for so long, or for so many requests. WrongAnswerError at the first answer that is not
    as expected.
    """
    opened = [Connection(port, number) for number in range(connections)]
    try:
        return _Drive(opened, source, expects, at_most).run(seconds)
    finally:
        for connection in opened:
            connection.socket.close()


class _Drive:
    def __init__(self, connections: Sequence[Connection], source: Source, expects: bytes, at_most: float) -> None:
        self._source, self._expects, self._left = source, expects, at_most
        self._by_number = {connection.socket.fileno(): connection for connection in connections}
        self._latencies: list[float] = []

    def run(self, seconds: float) -> Tally:
        began, cpu_began = time.perf_counter(), time.process_time()
        with select.epoll() as poll:
            for number, connection in self._by_number.items():
                poll.register(number, select.EPOLLIN)
                self._send(connection)
            self._exchange(poll, began + seconds)
        elapsed, cpu = time.perf_counter() - began, time.process_time() - cpu_began
        return tally(self._latencies, seconds=elapsed, repeated=self._source.repeated, cpu_seconds=cpu)

    def _exchange(self, poll: "select.epoll", deadline: float) -> None:
        under_way = len(self._by_number)
        while under_way:
            ready = poll.poll(PATIENCE_SECONDS)
            if not ready:
                raise WrongAnswerError(f"no answer within {PATIENCE_SECONDS:.0f} s")
            for number, _ in ready:
                connection = self._by_number[number]
                if not self._receive(connection):
                    continue
                if time.perf_counter() < deadline and self._left > 0:
                    self._send(connection)
                else:
                    under_way -= 1

    def _send(self, connection: Connection) -> None:
        self._left -= 1
        unsent = self._source.take(connection.number)
        connection.sent_at = time.perf_counter()
        connection.socket.sendall(unsent)

    def _receive(self, connection: Connection) -> bool:
        """Whether the answer is whole now."""
        part = connection.socket.recv(65536)
        received = connection.received + part if connection.received else part
        body = whole_body(received, self._expects)
        if body is None:
            if not part:
                raise WrongAnswerError(f"the connection was closed after {received[:500]!r}")
            connection.received = received
            return False
        self._latencies.append(time.perf_counter() - connection.sent_at)
        connection.received = b""
        self._source.answered(connection.number, body)
        return True


def whole_body(received: bytes, expects: bytes) -> bytes | None:
    """The body of an answer once it is all there, None before. WrongAnswerError unless it is a 200 as expected."""
    answer = whole_answer(received)
    if answer is None:
        return None
    if not answer.head.startswith(OK) or expects not in answer.body:
        raise WrongAnswerError(f"expected 200 and {expects.decode()}, got {received[:800].decode(errors='replace')}")
    return answer.body


def whole_answer(received: bytes) -> Answer | None:
    """None before it is all there."""
    end = received.find(b"\r\n\r\n")
    if end < 0:
        return None
    length = LENGTH.search(received, 0, end + 2)
    if length is None:
        raise WrongAnswerError(f"an answer without a length: {received[:500]!r}")
    body = received[end + 4 :]
    return Answer(received[: end + 2], body) if len(body) >= int(length[1]) else None
