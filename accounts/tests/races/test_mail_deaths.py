"""Every mail is sent, and known by its Message-ID as one, whatever happens to the mail server and to the workers."""

import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Final

import pytest
from django.db.models.functions import Now
from pytest_django import Settings

from accounts.models import Mail, MailKind, Session, User
from accounts.services import mailing, outbox
from accounts.tests.races import delivering
from accounts.tests.support import factories
from accounts.tests.support.databases import Database
from accounts.tests.support.forking import Fork, Forks
from accounts.tests.support.mail_server import CLOSE, HANG, Drip, MailServer, Manner, Say
from accounts.tests.support.processes import Servers

pytestmark = [pytest.mark.postgresql, pytest.mark.processes, pytest.mark.slow]

MOST_STATEMENTS: Final = 40

Start = Callable[..., Fork]


@pytest.fixture
def mail_server(settings: Settings) -> Iterator[MailServer]:
    """For workers that are told of it, and for this process."""
    server = MailServer().start()
    settings.EMAIL_BACKEND, settings.EMAIL_PORT = "accounts.delivery.smtp.EmailBackend", server.port
    yield server
    server.stop()


@pytest.fixture(scope="module")
def forks(session_directory: Path) -> Iterator[Forks]:
    forks = Forks(delivering.__name__, log=session_directory / "delivering.log")
    yield forks
    forks.stop()


@pytest.fixture
def start(forks: Forks, own_database: Database, mail_server: MailServer) -> Start:
    """`start("deliver")`, or `start("work")`: a worker between the test's database and its mail server."""

    def start(function: str, **arguments: Any) -> Fork:
        return forks.start(function, database=own_database.name, port=mail_server.port, **arguments)

    return start


def enqueue(count: int) -> set[str]:
    """Mails with a code in them, each to somebody of their own; the ids."""
    for _ in range(count):
        user = User.objects.create(email=f"{os.urandom(8).hex()}@example.com", password="!")
        mailing.enqueue(MailKind.RESET_PASSWORD, address=user.email)
    return {str(mail_id) for mail_id in Mail.objects.values_list("pk", flat=True)}


def let_claims_end() -> None:
    Mail.objects.update(due_at=Now())


def assert_all_sent(server: MailServer, ids: set[str]) -> None:
    assert set(server.ids) == ids
    assert not Mail.objects.exists()


def test_a_mail_server_that_hangs_holds_up_no_other_duty(start: Start, mail_server: MailServer) -> None:
    user = factories.make_user()
    factories.sign_in(user)
    mail_server.behave(greeting=HANG)
    enqueue(2)  # one hangs
    worker = start("work")
    mail_server.wait_for(lambda: mail_server.conversations > 0)
    User.objects.filter(pk=user.pk).update(is_active=False)
    mail_server.wait_for(lambda: not Session.objects.open().exists(), seconds=15)
    assert mail_server.conversations == 1
    os.kill(worker.pid, signal.SIGTERM)
    assert worker.wait(seconds=12) == 0


def test_a_worker_killed_after_any_statement_costs_no_mail(start: Start, mail_server: MailServer) -> None:
    """The first and the last of them come before the server is spoken to, and after it has taken the mail."""
    deaths: list[int] = []
    for statements in range(MOST_STATEMENTS):
        mail_server.taken.clear()
        ids = enqueue(1)
        code = start("deliver", dies_after=statements).wait()
        deaths.append(len(mail_server.taken))
        let_claims_end()
        outbox.deliver_due()
        assert_all_sent(mail_server, ids)
        if code == 0:
            break
        assert code == -signal.SIGKILL
    assert deaths[0] == 0
    assert set(deaths) == {0, 1}
    assert deaths == sorted(deaths)


@pytest.mark.parametrize("step", ["greeting", "ehlo", "mail", "rcpt", "data", "end"])
def test_a_worker_killed_while_it_speaks_to_the_server_costs_no_mail(
    start: Start, mail_server: MailServer, step: str
) -> None:
    ids = enqueue(3)
    workers = SimpleQueue[Fork]()

    def kill() -> None:
        os.kill(workers.get(timeout=10).pid, signal.SIGKILL)
        mail_server.behave()

    mail_server.behave(**{step: kill})
    worker = start("deliver")
    workers.put(worker)
    assert worker.wait() == -signal.SIGKILL
    assert Mail.objects.count() == 3
    let_claims_end()
    assert start("deliver").wait() == 0
    assert_all_sent(mail_server, ids)
    again = [mail_id for mail_id, count in Counter(mail_server.ids).items() if count > 1]
    assert len(again) == (1 if step == "end" else 0)


def test_what_is_sent_twice_is_the_same_mail(start: Start, mail_server: MailServer) -> None:
    """Down to the code: the one that came first works."""
    enqueue(1)
    mail_server.behave(end=CLOSE)  # taken, and never said so
    start("deliver").wait()
    let_claims_end()
    mail_server.behave()
    start("deliver").wait()
    first, second = (taken.message for taken in mail_server.taken)
    assert first.items()[1:] == second.items()[1:]  # the first one names the boundary between the parts
    for kind in ("plain", "html"):
        one, other = first.get_body((kind,)), second.get_body((kind,))
        assert one is not None
        assert other is not None
        assert one.get_content() == other.get_content()


def test_two_workers_send_each_mail_once(servers: Servers, mail_server: MailServer) -> None:
    with servers.database.orm():
        ids = enqueue(60)
        for _ in range(2):
            servers.start_worker(env=mail_server.env)
        mail_server.wait_for(lambda: not Mail.objects.exists(), seconds=60)
        assert_all_sent(mail_server, ids)
    assert len(mail_server.ids) == 60
    assert mail_server.conversations >= 2


MANNERS: Final[dict[str, dict[str, Manner]]] = {
    "refuses": {},
    "hangs in the middle": {"data": HANG},
    "is slow": {"rcpt": Drip(0.5)},
    "hangs up in the middle": {"data": CLOSE},
    "is too busy": {"greeting": Say("421 too busy")},
}


def assert_sent_after_its_return(server: MailServer, manner: str, start: Callable[[], object], seconds: float) -> None:
    """The worker is started while it misbehaves, and meets with it for so long."""
    if MANNERS[manner]:
        server.behave(**MANNERS[manner])
    else:
        server.stop()
    ids = enqueue(10)
    start()
    server.wait_for(lambda: Mail.objects.filter(attempts__gt=0).exists(), seconds=30)
    time.sleep(seconds)
    assert Mail.objects.exists()
    server.stop()
    server.behave()
    server.start()
    server.wait_for(lambda: not Mail.objects.exists(), seconds=90)
    assert_all_sent(server, ids)
    assert len(server.ids) == 10


@pytest.mark.parametrize("manner", list(MANNERS))
def test_after_the_return_of_the_server_all_are_sent_once(start: Start, mail_server: MailServer, manner: str) -> None:
    workers: list[Fork] = []
    assert_sent_after_its_return(mail_server, manner, lambda: workers.append(start("work")), seconds=1.0)
    os.kill(workers[0].pid, signal.SIGTERM)
    assert workers[0].wait() == 0


@pytest.mark.faults
@pytest.mark.timeout(180)
@pytest.mark.parametrize("manner", list(MANNERS))
def test_after_the_return_of_the_server_all_are_sent_once_without_haste(
    servers: Servers, mail_server: MailServer, manner: str
) -> None:
    """With the pauses of production."""
    with servers.database.orm():
        assert_sent_after_its_return(
            mail_server, manner, lambda: servers.start_worker(env=mail_server.env), seconds=10.0
        )
