"""A process that dies with a notice in hand leaves nothing; one that is halted holds nobody up for long."""

import os
import signal
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction

from accounts.models import Notice, NoticeType, User
from accounts.models.locks import Lock
from accounts.notices import log
from accounts.tests.races import people, tinkering
from accounts.tests.races.holding import HELD, How, holder
from accounts.tests.support.factories import Tokens
from accounts.tests.support.http import Response
from accounts.tests.support.processes import Server, Servers
from accounts.tests.support.together import together

pytestmark = [pytest.mark.processes, pytest.mark.slow]

OTHERS_WAIT_SECONDS = 3.0
RECOVERED_SECONDS = 10.0


def append() -> None:
    with transaction.atomic():
        log.append(NoticeType.USER_UPDATED, uuid4())


def numbers() -> list[int | None]:
    return list(Notice.objects.order_by("seq").values_list("seq", flat=True))


@pytest.mark.trials(short=2, long=10)
def test_of_a_process_that_was_killed_before_its_commit_nothing_stays(
    servers: Servers, tmp_path: Path, trials: int
) -> None:
    with servers.database.orm():
        for number in range(1, trials + 1):
            with holder(servers.database, tmp_path, How.IDLE, uuid4()) as process:
                process.kill()
            append()
            assert numbers() == list(range(1, number + 1))
        assert not Notice.objects.filter(type=HELD).exists()


@pytest.mark.trials(short=2, long=10)
def test_processes_that_are_killed_while_they_append_leave_no_gap(
    servers: Servers, tmp_path: Path, trials: int
) -> None:
    with servers.database.orm():
        for _ in range(trials):
            with (
                holder(servers.database, tmp_path, How.APPENDING, uuid4()),
                holder(servers.database, tmp_path, How.APPENDING, uuid4()),
            ):
                time.sleep(0.2)
            append()
            assert numbers() == list(range(1, len(numbers()) + 1))


def user_of(email: str) -> UUID:
    return User.objects.only("pk").get(email=email).pk


def log_out(server: Server, tokens: Tokens) -> Response:
    with server.client() as client:
        return client.post("/auth/logout", token=tokens.access)


def timed(act: Callable[[], Response]) -> tuple[Response, float]:
    began = time.monotonic()
    answer = act()
    return answer, time.monotonic() - began


def assert_waits_in_vain(act: Callable[[], Response]) -> None:
    answer, seconds = timed(act)
    assert people.verdict(answer) == (503, "temporarily_unavailable")
    assert int(answer.headers["Retry-After"]) > 0
    assert seconds <= OTHERS_WAIT_SECONDS


def assert_recovers(act: Callable[[], Response]) -> None:
    """In the end it succeeds, and until then each try waits no longer than it may."""
    deadline = time.monotonic() + RECOVERED_SECONDS
    answer, seconds = timed(act)
    while answer.status == 503 and time.monotonic() < deadline:
        assert seconds <= OTHERS_WAIT_SECONDS
        answer, seconds = timed(act)
    assert answer.status == 204, answer


@pytest.mark.postgresql
def test_a_process_halted_within_a_statement_of_its_transaction_holds_others_up_for_three_seconds(
    servers: Servers, tmp_path: Path
) -> None:
    (server,) = servers.start()
    email = people.register(server)
    tokens, another = people.sign_in(server, email), people.sign_in(server, people.register(server))
    with servers.database.orm(), holder(servers.database, tmp_path, How.BUSY, user_of(email)) as process:
        process.send(signal.SIGSTOP)
        assert_waits_in_vain(lambda: log_out(server, tokens))
        assert people.verify(server, tokens.access).status == 200
        assert log_out(server, another).status == 204  # whose row nobody holds, and who appends all the same
        assert_recovers(lambda: log_out(server, tokens))
        assert people.verdict(people.verify(server, tokens.access)) == (401, "session_revoked")
        assert set(Notice.objects.values_list("type", flat=True)) == {NoticeType.SESSIONS_REVOKED}


@pytest.mark.postgresql
def test_a_process_halted_between_two_statements_is_cut_off(servers: Servers, tmp_path: Path) -> None:
    """Its session is ended by the server; whoever waits meanwhile waits no longer than that."""
    (server,) = servers.start()
    email = people.register(server)
    tokens = people.sign_in(server, email)
    with servers.database.orm(), holder(servers.database, tmp_path, How.IDLE, user_of(email)) as process:
        process.send(signal.SIGSTOP)
        answer, seconds = timed(lambda: log_out(server, tokens))
        assert answer.status in {204, 503}
        assert seconds <= OTHERS_WAIT_SECONDS
        assert_recovers(lambda: log_out(server, tokens))
        assert not Notice.objects.filter(type=HELD).exists()


def holder_of_the_lock() -> int:
    """The process of the database server whose transaction is at its commit."""
    with connection.cursor() as cursor:
        for _ in range(500):
            cursor.execute("SELECT pid FROM pg_locks WHERE granted AND objid = %s", [Lock.NOTICES])
            if row := cursor.fetchone():
                return int(row[0])
            time.sleep(0.01)
    raise AssertionError("nobody holds it")


@pytest.mark.postgresql
def test_a_commit_that_is_halted_holds_others_up_for_three_seconds(servers: Servers) -> None:
    (server,) = servers.start()
    caller = people.sign_in(server, people.register(server))
    another = people.sign_in(server, people.register(server))

    def act(index: int) -> None:
        if index == 0:
            with transaction.atomic():
                log.append(HELD, uuid4())
            return
        pid = holder_of_the_lock()
        os.kill(pid, signal.SIGSTOP)
        try:
            for tokens in (caller, another):
                assert_waits_in_vain(partial(log_out, server, tokens))
                assert people.verify(server, tokens.access).status == 200
        finally:
            os.kill(pid, signal.SIGCONT)
        for tokens in (caller, another):
            assert_recovers(partial(log_out, server, tokens))

    with servers.database.orm():
        tinkering.slow_commit(1.0, notice_type=HELD)
        together(act, threads=2)
        kinds = list(Notice.objects.order_by("seq").values_list("seq", "type"))
    assert kinds == [(1, HELD), (2, NoticeType.SESSIONS_REVOKED), (3, NoticeType.SESSIONS_REVOKED)]
