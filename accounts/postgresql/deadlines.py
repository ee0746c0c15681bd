"""Connections that give up on a server that does not answer: the server's own timeouts stop when it is stopped."""

import math
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any, Final, Self, TypeVar

import psycopg
from psycopg.abc import PQGen, PQGenConn
from psycopg.adapt import AdaptersMap
from psycopg.errors import _WaitTimeout
from psycopg.waiting import Ready

from accounts import clock
from accounts.postgresql.breaker import Breaker, process_breaker

DEADLINE_SECONDS: Final = 4.5
"""For any one statement: beyond the server's `statement_timeout` of 4 s, so that in health the server speaks first."""

PATIENCE_SECONDS: Final = 1.0
"""For the check whether a connection is usable. A statement is waited for longer only while the breaker is closed."""

SLICE_SECONDS: Final = 0.1
"""How often a statement beyond that looks at the breaker; psycopg itself wakes up as often."""

RV = TypeVar("RV")

_connecting_until: ContextVar[float] = ContextVar("connecting_until", default=math.inf)


class DeadlinePassed(psycopg.OperationalError):
    """The connection is closed, and nobody knows what the server has done or will do with the statement."""


@contextmanager
def connecting_within(seconds: float) -> Iterator[None]:
    """All addresses together; psycopg's own bound is for each of them, and never below 2 s."""
    token = _connecting_until.set(clock.now() + seconds)
    try:
        yield
    finally:
        _connecting_until.reset(token)


class Connection(psycopg.Connection[Any]):
    """Every wait for the server ends, with an answer or with DeadlinePassed. `math.inf` means no deadline."""

    deadline_seconds: float = DEADLINE_SECONDS
    breaker: Breaker = process_breaker
    blames_server: bool = True
    """Whether a wait in vain opens the breaker."""

    quick_adapters: AdaptersMap | None = None
    """Of `preparing`."""

    @classmethod
    def _connect_gen(cls, conninfo: str = "") -> PQGenConn[Self]:
        """psycopg resumes this at least every tenth of a second."""
        attempt = super()._connect_gen(conninfo)
        try:
            wanted = next(attempt)
            while clock.now() < _connecting_until.get():
                wanted = attempt.send((yield wanted))
        except StopIteration as done:
            connected: Self = done.value
            return connected
        attempt.close()
        raise psycopg.errors.ConnectionTimeout("connection timeout expired")

    def wait(self, gen: PQGen[RV], interval: float = SLICE_SECONDS, timeout: float | None = None) -> RV:
        """The way of every statement, so the usual case adds one call and one comparison."""
        if timeout is not None or self.deadline_seconds == math.inf:
            return super().wait(gen, interval, timeout)
        patience = min(self.deadline_seconds, PATIENCE_SECONDS)
        try:
            return super().wait(gen, interval, patience)
        except _WaitTimeout:
            return self._wait_on(gen, interval, self.deadline_seconds - patience)

    def _wait_on(self, gen: PQGen[RV], interval: float, seconds: float) -> RV:
        """Until the deadline, or until others have found that the server hangs."""
        until = clock.now() + seconds
        while (left := until - clock.now()) > 0 and not self.breaker.is_open:
            with suppress(_WaitTimeout):
                return super().wait(_resumed(gen), interval, min(left, SLICE_SECONDS))
        self.close()  # at once, and without a word to the server: no rollback shall wait for it
        if self.blames_server:
            self.breaker.timed_out()
        raise DeadlinePassed("the database did not answer in time; the connection is closed") from None


def _resumed(gen: PQGen[RV]) -> PQGen[RV]:
    """What is under way, to be waited for anew. Waiting begins with `next()`, and to a generator in the middle of
    sending that says nothing it knows: it wants to hear that the socket is not ready.
    """
    try:
        wanted = gen.send(Ready.NONE)
        while True:
            wanted = gen.send((yield wanted))
    except StopIteration as done:
        result: RV = done.value
        return result
