"""While the database hangs, one probe at a time asks it."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Final

import pytest
from prometheus_client import REGISTRY

from accounts import clock
from accounts.postgresql.breaker import LEASE_SECONDS, PAUSE_SECONDS, Breaker
from accounts.tests.support.environment import CHECKOUT

pytestmark = pytest.mark.sqlite  # no database is met: once is enough

CROWD: Final = 4
IN_A_FORK: Final = """
import os
from accounts.postgresql.breaker import process_breaker
process_breaker.timed_out()
child = os.fork()
if child == 0:
    os._exit(process_breaker.is_open)
assert process_breaker.is_open
assert os.waitpid(child, 0)[1] == 0
"""


class Clock:
    def __init__(self) -> None:
        self.seconds = 1000.0

    def now(self) -> float:
        return self.seconds


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Clock:
    own = Clock()
    monkeypatch.setattr(clock, "now", own.now)
    return own


@pytest.fixture
def breaker(time: Clock) -> Breaker:
    return Breaker()


class Crowd:
    """Threads that stay, because the number of one that has ended is given to another."""

    def __init__(self, breaker: Breaker, stack: ExitStack) -> None:
        self._breaker, self._stack = breaker, stack

    def admitted(self) -> int:
        """How many of CROWD other threads are let through, none of which has asked before."""
        together = threading.Barrier(CROWD)

        def ask(_: int) -> bool:
            together.wait(10)
            return self._breaker.admit()

        return sum(self._stack.enter_context(ThreadPoolExecutor(CROWD)).map(ask, range(CROWD)))


@pytest.fixture
def crowd(breaker: Breaker) -> Iterator[Crowd]:
    with ExitStack() as stack:
        yield Crowd(breaker, stack)


def test_closed_it_lets_everybody_through(crowd: Crowd) -> None:
    assert crowd.admitted() == CROWD


def test_open_it_lets_nobody_through_for_a_pause_and_then_one(breaker: Breaker, crowd: Crowd, time: Clock) -> None:
    breaker.timed_out()
    assert crowd.admitted() == 0
    time.seconds += PAUSE_SECONDS
    assert crowd.admitted() == 1
    assert crowd.admitted() == 0


def test_who_probes_may_go_on_to_connect(breaker: Breaker, crowd: Crowd, time: Clock) -> None:
    breaker.timed_out()
    time.seconds += PAUSE_SECONDS
    assert breaker.admit()
    assert crowd.admitted() == 0
    assert breaker.admit()


def test_who_waited_in_vain_is_not_the_next_to_probe(breaker: Breaker, crowd: Crowd, time: Clock) -> None:
    breaker.timed_out()
    time.seconds += PAUSE_SECONDS
    assert breaker.admit()
    time.seconds += 1.0
    breaker.timed_out()
    assert not breaker.admit()
    time.seconds += PAUSE_SECONDS
    assert crowd.admitted() == 1


def test_an_answer_lets_everybody_through(breaker: Breaker, crowd: Crowd, time: Clock) -> None:
    breaker.timed_out()
    time.seconds += PAUSE_SECONDS
    assert breaker.admit()
    breaker.answered()
    assert crowd.admitted() == CROWD


def test_a_probe_that_never_tells_is_given_up(breaker: Breaker, crowd: Crowd, time: Clock) -> None:
    breaker.timed_out()
    time.seconds += PAUSE_SECONDS
    assert crowd.admitted() == 1
    time.seconds += LEASE_SECONDS
    assert crowd.admitted() == 1


def test_waits_in_vain_and_openings_are_counted(breaker: Breaker) -> None:
    def counted() -> tuple[float, float]:
        names = ("authservice_database_deadlines_total", "authservice_database_breaker_openings_total")
        waits, openings = (REGISTRY.get_sample_value(name) or 0.0 for name in names)
        return waits, openings

    waits, openings = counted()
    breaker.timed_out()
    breaker.timed_out()
    assert counted() == (waits + 2, openings + 1)


def test_a_fork_begins_anew() -> None:
    subprocess.run([sys.executable, "-c", IN_A_FORK], cwd=CHECKOUT, check=True, timeout=30)
