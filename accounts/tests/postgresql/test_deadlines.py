"""Nobody waits for PostgreSQL longer than agreed."""

import math
import time
from collections.abc import Iterator
from threading import Timer
from typing import Final

import psycopg
import pytest

from accounts.postgresql.breaker import Breaker
from accounts.postgresql.deadlines import Connection, DeadlinePassed, connecting_within
from accounts.tests.postgresql.silence import silent_server
from accounts.tests.support import environment
from accounts.tests.support.together import together

pytestmark = pytest.mark.postgresql

SIXTEEN_MEGABYTES: Final = 1 << 24


@pytest.fixture
def connection() -> Iterator[Connection]:
    cluster = environment.postgresql()
    cluster.start()
    with Connection.connect(cluster.url("postgres"), autocommit=True) as own:
        own.breaker = Breaker()
        yield own


def test_beyond_the_deadline_the_connection_is_closed(connection: Connection) -> None:
    connection.deadline_seconds = 0.2
    began = time.monotonic()
    with pytest.raises(DeadlinePassed):
        connection.execute("SELECT pg_sleep(5)")
    assert 0.2 <= time.monotonic() - began < 1.0
    assert connection.closed
    assert connection.breaker.is_open


def test_afterwards_nothing_waits(connection: Connection) -> None:
    connection.autocommit = False
    connection.execute("SELECT 1")
    connection.deadline_seconds = 0.2
    with pytest.raises(DeadlinePassed):
        connection.execute("SELECT pg_sleep(5)")
    began = time.monotonic()
    for call in (connection.rollback, connection.commit, connection.cursor):
        with pytest.raises(psycopg.OperationalError):
            call()
    connection.close()
    assert time.monotonic() - began < 0.1


def test_a_slow_answer_within_the_deadline_is_taken(connection: Connection) -> None:
    """It is longer than the first wait: the same statement is waited for again."""
    assert connection.execute("SELECT 7, pg_sleep(1.3)").fetchall() == [(7, "")]
    assert connection.execute("SELECT 8").fetchall() == [(8,)]
    assert not connection.breaker.is_open


def test_a_statement_that_can_not_even_be_sent_is_given_up(connection: Connection) -> None:
    """The server reads nothing, and what the kernels hold for it is full."""
    connection.deadline_seconds = 1.5
    began = time.monotonic()
    environment.postgresql().freeze()
    try:
        with pytest.raises(DeadlinePassed):
            connection.execute("SELECT length(%s)", ["x" * SIXTEEN_MEGABYTES])
    finally:
        environment.postgresql().thaw()
    assert 1.5 <= time.monotonic() - began < 2.5
    assert connection.closed
    assert connection.breaker.is_open


def test_a_statement_that_is_slow_to_be_sent_is_answered(connection: Connection) -> None:
    """Longer than the first wait: the sending goes on where it was."""
    cluster = environment.postgresql()
    cluster.freeze()
    later = Timer(1.4, cluster.thaw)
    later.start()
    try:
        answer = connection.execute("SELECT length(%s)", ["x" * SIXTEEN_MEGABYTES]).fetchone()
    finally:
        later.join()
    assert answer == (SIXTEEN_MEGABYTES,)
    assert not connection.breaker.is_open


def test_without_a_deadline_it_waits(connection: Connection) -> None:
    connection.deadline_seconds = math.inf
    connection.breaker.timed_out()
    assert connection.execute("SELECT 7, pg_sleep(1.3)").fetchall() == [(7, "")]


def test_when_others_find_that_it_hangs_a_long_wait_ends(connection: Connection) -> None:
    def work(index: int) -> float:
        if index:
            connection.breaker.timed_out()
            return 0.0
        began = time.monotonic()
        with pytest.raises(DeadlinePassed):
            connection.execute("SELECT pg_sleep(4)")
        return time.monotonic() - began

    waited, _ = together(work, threads=2)
    assert 1.0 <= waited < 1.5


def test_connecting_ends_too() -> None:
    with silent_server() as port, connecting_within(0.2):
        began = time.monotonic()
        with pytest.raises(psycopg.errors.ConnectionTimeout):
            Connection.connect(host="127.0.0.1,127.0.0.1", port=port, user="postgres", dbname="postgres")
        assert 0.2 <= time.monotonic() - began < 1.0
