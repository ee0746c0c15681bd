"""Django's connections heed the deadline and the breaker."""

import math
import time
from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.db import OperationalError, connections, transaction

from accounts.postgresql.base import DatabaseWrapper
from accounts.postgresql.breaker import PAUSE_SECONDS, Breaker, process_breaker
from accounts.postgresql.deadlines import DEADLINE_SECONDS, DeadlinePassed
from accounts.tests.postgresql.silence import silent_server
from accounts.tests.support.ports import free_port

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def wrapper() -> Iterator[DatabaseWrapper]:
    """A connection of its own to the test's database, not opened yet."""
    own = connections["default"].copy("own")
    assert isinstance(own, DatabaseWrapper)
    own.breaker = Breaker()
    yield own
    own.close()


def ask(wrapper: DatabaseWrapper, statement: str = "SELECT 1") -> object:
    with wrapper.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()


def next_request(wrapper: DatabaseWrapper) -> None:
    wrapper.close_if_unusable_or_obsolete()


def seconds_of_failure(wrapper: DatabaseWrapper) -> float:
    began = time.monotonic()
    with pytest.raises(OperationalError):
        ask(wrapper)
    return time.monotonic() - began


def test_ordinary_connections_share_breaker_and_deadline() -> None:
    copy = connections["default"].copy("own")
    assert isinstance(copy, DatabaseWrapper)
    assert (copy.breaker, copy.deadline_seconds) == (process_breaker, DEADLINE_SECONDS)


def test_a_copy_may_have_its_own(wrapper: DatabaseWrapper) -> None:
    wrapper.deadline_seconds = 0.2
    with pytest.raises(OperationalError) as caught:
        ask(wrapper, "SELECT pg_sleep(5)")
    assert isinstance(caught.value.__cause__, DeadlinePassed)
    assert wrapper.breaker.is_open
    assert not process_breaker.is_open
    assert ask(connections["default"]) == (1,)  # type: ignore[arg-type]


def test_a_new_deadline_holds_at_once_and_in_a_hurry_it_is_shorter(wrapper: DatabaseWrapper) -> None:
    ask(wrapper)
    wrapper.deadline_seconds = 3.0
    assert wrapper.connection.deadline_seconds == 3.0
    with wrapper.hurried(0.2):
        assert wrapper.connection.deadline_seconds == 0.2
    with wrapper.hurried(9.0):
        assert wrapper.connection.deadline_seconds == 3.0
    assert wrapper.connection.deadline_seconds == 3.0


def test_migrations_take_as_long_as_they_take() -> None:
    wrapper = connections["default"]
    assert isinstance(wrapper, DatabaseWrapper)
    try:
        call_command("migrate", verbosity=0, interactive=False)
        assert wrapper.connection.deadline_seconds == math.inf
    finally:
        wrapper.deadline_seconds = DEADLINE_SECONDS
        wrapper.close()


def test_who_does_not_answer_a_connection_is_asked_once_and_again_after_a_pause(wrapper: DatabaseWrapper) -> None:
    wrapper.deadline_seconds, usual = 0.3, wrapper.settings_dict["PORT"]
    with silent_server() as port:
        wrapper.settings_dict["PORT"] = port
        assert 0.3 <= seconds_of_failure(wrapper) < 1.0
        assert wrapper.breaker.is_open
        assert seconds_of_failure(wrapper) < 0.1
    wrapper.deadline_seconds, wrapper.settings_dict["PORT"] = 3.0, usual
    time.sleep(PAUSE_SECONDS + 0.1)
    assert ask(wrapper) == (1,)
    assert not wrapper.breaker.is_open


def test_who_refuses_is_asked_again(wrapper: DatabaseWrapper) -> None:
    wrapper.settings_dict["PORT"] = free_port()
    seconds_of_failure(wrapper)
    assert not wrapper.breaker.is_open


def test_while_open_an_idle_connection_rests_and_is_as_good_as_before(wrapper: DatabaseWrapper) -> None:
    ask(wrapper)
    before = wrapper.connection
    wrapper.breaker.timed_out()
    next_request(wrapper)
    assert seconds_of_failure(wrapper) < 0.1
    time.sleep(PAUSE_SECONDS + 0.1)
    assert ask(wrapper) == (1,)
    assert not wrapper.breaker.is_open
    assert wrapper.connection is before


def test_a_deadline_within_a_transaction_ends_it_without_another_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    wrapper = connections["default"]
    assert isinstance(wrapper, DatabaseWrapper)
    wrapper.close()
    monkeypatch.setattr(wrapper, "breaker", Breaker())
    with wrapper.hurried(0.2):
        began = time.monotonic()
        with pytest.raises(OperationalError), transaction.atomic(), transaction.atomic():
            ask(wrapper, "SELECT pg_sleep(5)")
        seconds_of_failure(wrapper)
        assert time.monotonic() - began < 1.0
    assert not wrapper.in_atomic_block
    wrapper.breaker.answered()
    assert ask(wrapper) == (1,)
    wrapper.close()
