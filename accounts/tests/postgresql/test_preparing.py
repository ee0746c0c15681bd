"""Statements that come again and again are planned once a connection, and reading by one checks the connection."""

import time
from collections.abc import Iterator
from threading import Timer
from typing import Any, Final

import psycopg
import pytest
from django.db import DatabaseError, DataError, OperationalError, connections

from accounts.postgresql.base import DatabaseWrapper
from accounts.postgresql.breaker import PAUSE_SECONDS, Breaker
from accounts.postgresql.deadlines import PATIENCE_SECONDS
from accounts.tests.support import environment
from accounts.tests.support.postgresql import PostgreSQL

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

PLANS: Final = "SELECT statement FROM pg_prepared_statements"
ECHO: Final = "SELECT %s::text"
NAME: Final = "SELECT name FROM changing WHERE name <> %s"
DIVISION: Final = "SELECT 1 / %s::int"
FAILING: Final = "SELECT pg_temp.failing(%s)"


@pytest.fixture
def wrapper() -> Iterator[DatabaseWrapper]:
    """A connection of its own to the test's database."""
    own = connections["default"].copy("own")
    assert isinstance(own, DatabaseWrapper)
    own.breaker = Breaker()
    own.ensure_connection()
    yield own
    own.close()


@pytest.fixture
def changing(wrapper: DatabaseWrapper) -> None:
    """A table of this connection alone, whose column somebody may migrate."""
    run(wrapper, "CREATE TEMPORARY TABLE changing (name varchar(10))")
    run(wrapper, "INSERT INTO changing VALUES ('Ada')")


@pytest.fixture
def cluster() -> Iterator[PostgreSQL]:
    """Of the wrapper, to let hang."""
    running = environment.postgresql()
    yield running
    running.thaw()


def run(wrapper: DatabaseWrapper, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with wrapper.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall() if cursor.description else []


def plans(wrapper: DatabaseWrapper) -> list[tuple[Any, ...]]:
    return run(wrapper, PLANS)


def next_request(wrapper: DatabaseWrapper) -> None:
    wrapper.close_if_unusable_or_obsolete()


def test_a_statement_is_planned_once(wrapper: DatabaseWrapper) -> None:
    assert wrapper.find_prepared(ECHO, ["one"]) == ("one",)
    assert wrapper.find_prepared(ECHO, ["two"]) == ("two",)
    assert plans(wrapper) == [("SELECT $1::text",)]


def test_ordinary_statements_are_not_remembered_with_what_is_written_into_them(wrapper: DatabaseWrapper) -> None:
    wrapper.find_prepared(ECHO, ["one"])
    for _ in range(10):
        run(wrapper, "SELECT %s, 'a hash'", "a password")
    assert len(plans(wrapper)) == 1
    assert b"a password" not in repr(vars(wrapper.connection._prepared)).encode()


@pytest.mark.usefixtures("changing")
def test_a_migration_makes_a_plan_anew(wrapper: DatabaseWrapper) -> None:
    assert wrapper.find_prepared(NAME, [""]) == ("Ada",)
    run(wrapper, "ALTER TABLE changing ALTER COLUMN name TYPE varchar(20)")
    assert wrapper.find_prepared(NAME, [""]) == ("Ada",)
    assert wrapper.find_prepared(NAME, ["Ada"]) is None
    assert len(plans(wrapper)) == 1


@pytest.mark.usefixtures("changing")
def test_no_plan_that_a_migration_has_overtaken_ends_a_transaction(wrapper: DatabaseWrapper) -> None:
    wrapper.find_prepared(NAME, [""])
    run(wrapper, "ALTER TABLE changing ALTER COLUMN name TYPE varchar(20)")
    wrapper.set_autocommit(False)
    assert wrapper.find_prepared(NAME, [""]) == ("Ada",)
    assert run(wrapper, "SELECT 1") == [(1,)]


def test_a_plan_that_the_server_was_made_to_forget_is_made_anew(wrapper: DatabaseWrapper) -> None:
    wrapper.find_prepared(ECHO, ["one"])
    wrapper.connection.pgconn.exec_(b"DEALLOCATE ALL")
    assert wrapper.find_prepared(ECHO, ["two"]) == ("two",)
    assert len(plans(wrapper)) == 1


@pytest.fixture
def failing(wrapper: DatabaseWrapper) -> None:
    """A function of this connection alone that fails as its first so many calls do; no rollback takes a call back."""
    run(wrapper, "CREATE TEMPORARY SEQUENCE calls")
    raising = "IF nextval('calls') <= times THEN RAISE deadlock_detected USING MESSAGE = 'overtaken'; END IF"
    body = f"$$ BEGIN {raising}; RETURN 'done'; END $$"
    run(wrapper, f"CREATE FUNCTION pg_temp.failing(times int) RETURNS text LANGUAGE plpgsql AS {body}")


@pytest.mark.usefixtures("failing")
def test_what_is_a_transaction_by_itself_is_tried_once_more_after_a_deadlock(wrapper: DatabaseWrapper) -> None:
    assert wrapper.find_prepared(FAILING, [1]) == ("done",)


@pytest.mark.usefixtures("failing")
def test_and_not_a_third_time(wrapper: DatabaseWrapper) -> None:
    with pytest.raises(OperationalError, match="overtaken"):
        wrapper.find_prepared(FAILING, [2])


@pytest.mark.usefixtures("failing")
def test_within_a_transaction_nothing_is_tried_again(wrapper: DatabaseWrapper) -> None:
    wrapper.set_autocommit(False)
    with pytest.raises(OperationalError, match="overtaken"):
        wrapper.find_prepared(FAILING, [1])


def test_a_kept_connection_is_checked_by_what_is_asked_of_it(
    wrapper: DatabaseWrapper, monkeypatch: pytest.MonkeyPatch
) -> None:
    next_request(wrapper)
    monkeypatch.setattr(wrapper, "is_usable", lambda: pytest.fail("asked for nothing"))
    assert wrapper.find_prepared(ECHO, ["one"]) == ("one",)
    assert run(wrapper, "SELECT 1") == [(1,)]
    assert wrapper.connection.deadline_seconds > PATIENCE_SECONDS
    assert wrapper.connection.blames_server


def test_a_kept_connection_that_has_broken_is_replaced(wrapper: DatabaseWrapper) -> None:
    ((pid,),) = run(wrapper, "SELECT pg_backend_pid()")
    next_request(wrapper)
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    assert wrapper.find_prepared(ECHO, ["one"]) == ("one",)


def test_a_connection_that_breaks_later_in_a_request_is_not(wrapper: DatabaseWrapper) -> None:
    ((pid,),) = run(wrapper, "SELECT pg_backend_pid()")
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    with pytest.raises(OperationalError):
        wrapper.find_prepared(ECHO, ["one"])


def test_a_refused_statement_is_refused_once(wrapper: DatabaseWrapper) -> None:
    next_request(wrapper)
    before = wrapper.connection
    with pytest.raises(DatabaseError):
        wrapper.find_prepared(DIVISION, [0])
    assert wrapper.connection is before
    assert wrapper.find_prepared(ECHO, ["one"]) == ("one",)


def test_who_hangs_at_the_first_question_is_found_out_by_connecting(
    wrapper: DatabaseWrapper, cluster: PostgreSQL
) -> None:
    next_request(wrapper)
    cluster.freeze()
    assert 2 * PATIENCE_SECONDS <= seconds_of_failure(wrapper) < 2 * PATIENCE_SECONDS + 1
    assert wrapper.breaker.is_open
    assert seconds_of_failure(wrapper) < 0.1
    cluster.thaw()
    time.sleep(PAUSE_SECONDS + 0.1)
    assert wrapper.find_prepared(ECHO, ["one"]) == ("one",)
    assert not wrapper.breaker.is_open


def seconds_of_failure(wrapper: DatabaseWrapper) -> float:
    began = time.monotonic()
    with pytest.raises(OperationalError):
        wrapper.find_prepared(ECHO, ["one"])
    return time.monotonic() - began


def test_a_lock_is_waited_for_and_not_held_against_the_server(
    wrapper: DatabaseWrapper, cluster: PostgreSQL, monkeypatch: pytest.MonkeyPatch
) -> None:
    next_request(wrapper)
    monkeypatch.setattr(wrapper.breaker, "timed_out", lambda: pytest.fail("the server was blamed"))
    with psycopg.connect(cluster.url(wrapper.settings_dict["NAME"])) as holder:
        holder.execute("LOCK TABLE accounts_user IN ACCESS EXCLUSIVE MODE")
        release = Timer(PATIENCE_SECONDS + 0.6, holder.rollback)
        release.start()
        began = time.monotonic()
        assert wrapper.find_prepared("SELECT count(*) FROM accounts_user WHERE email = %s", [""]) == (0,)
        assert PATIENCE_SECONDS < time.monotonic() - began < PATIENCE_SECONDS + 1.6
        release.join()


def test_while_open_a_kept_connection_is_asked_by_one_probe_after_a_pause(wrapper: DatabaseWrapper) -> None:
    before = wrapper.connection
    wrapper.breaker.timed_out()
    next_request(wrapper)
    with pytest.raises(OperationalError):
        wrapper.find_prepared(ECHO, ["one"])
    time.sleep(PAUSE_SECONDS + 0.1)
    assert wrapper.find_prepared(ECHO, ["one"]) == ("one",)
    assert not wrapper.breaker.is_open
    assert wrapper.connection is before


def test_a_probe_whose_statement_is_refused_has_an_answer_nevertheless(wrapper: DatabaseWrapper) -> None:
    wrapper.breaker.timed_out()
    next_request(wrapper)
    time.sleep(PAUSE_SECONDS + 0.1)
    with pytest.raises(DataError):
        wrapper.find_prepared(DIVISION, [0])
    assert not wrapper.breaker.is_open
