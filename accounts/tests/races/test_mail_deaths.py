"""Every mail is sent, and known by its Message-ID as one, whatever happens to the mail server and to the workers."""

import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from django.db.models.functions import Now
from pytest_django import Settings

from accounts.models import Mail, MailKind, Session, User
from accounts.services import mailing, outbox
from accounts.tests.races import delivering, people
from accounts.tests.support.databases import Database
from accounts.tests.support.mail_server import CLOSE, HANG, Drip, MailServer, Manner, Say
from accounts.tests.support.processes import Servers

pytestmark = [pytest.mark.postgresql, pytest.mark.processes, pytest.mark.slow]

MOST_STATEMENTS: Final = 40


@pytest.fixture
def mail_server(settings: Settings) -> Iterator[MailServer]:
    """For workers that are told of it, and for this process."""
    server = MailServer().start()
    settings.EMAIL_BACKEND, settings.EMAIL_PORT = "accounts.delivery.smtp.EmailBackend", server.port
    yield server
    server.stop()


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


@pytest.mark.timeout(240)
def test_a_worker_killed_after_any_statement_costs_no_mail(
    own_database: Database, tmp_path: Path, mail_server: MailServer
) -> None:
    """The first and the last of them come before the server is spoken to, and after it has taken the mail."""
    deaths: list[int] = []
    for statements in range(MOST_STATEMENTS):
        mail_server.taken.clear()
        ids = enqueue(1)
        code = delivering.start(own_database, tmp_path, mail_server, dies_after=statements).wait(seconds=30)
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
    own_database: Database, tmp_path: Path, mail_server: MailServer, step: str
) -> None:
    ids = enqueue(3)
    workers: list[int] = []

    def kill() -> None:
        os.kill(workers[0], signal.SIGKILL)
        mail_server.behave()

    mail_server.behave(**{step: kill})
    child = delivering.start(own_database, tmp_path, mail_server)
    workers.append(child.pid)
    assert child.wait(seconds=30) == -signal.SIGKILL
    assert Mail.objects.count() == 3
    let_claims_end()
    assert delivering.start(own_database, tmp_path, mail_server).wait(seconds=30) == 0
    assert_all_sent(mail_server, ids)
    again = [mail_id for mail_id, count in Counter(mail_server.ids).items() if count > 1]
    assert len(again) == (1 if step == "end" else 0)


def test_what_is_sent_twice_is_the_same_mail(own_database: Database, tmp_path: Path, mail_server: MailServer) -> None:
    """Down to the code: the one that came first works."""
    enqueue(1)
    mail_server.behave(end=CLOSE)  # taken, and never said so
    delivering.start(own_database, tmp_path, mail_server).wait(seconds=30)
    let_claims_end()
    mail_server.behave()
    delivering.start(own_database, tmp_path, mail_server).wait(seconds=30)
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
    "hangs in the middle": {"data": HANG},
    "is slow": {"rcpt": Drip(0.5)},
    "hangs up in the middle": {"data": CLOSE},
    "is too busy": {"greeting": Say("421 too busy")},
}


@pytest.mark.timeout(180)
@pytest.mark.parametrize("manner", ["refuses", *MANNERS])
def test_after_the_return_of_the_server_all_are_sent_once(
    servers: Servers, mail_server: MailServer, manner: str
) -> None:
    if manner == "refuses":
        mail_server.stop()
    else:
        mail_server.behave(**MANNERS[manner])
    with servers.database.orm():
        ids = enqueue(10)
        worker = servers.start_worker(env=mail_server.env)
        worker.wait_until(lambda: Mail.objects.filter(attempts__gt=0).exists(), seconds=30)
        time.sleep(2)
        assert Mail.objects.exists()
        mail_server.stop()
        mail_server.behave()
        mail_server.start()
        mail_server.wait_for(lambda: not Mail.objects.exists(), seconds=90)
        assert_all_sent(mail_server, ids)
    assert len(mail_server.ids) == 10


def test_a_mail_server_that_hangs_holds_up_no_other_duty(servers: Servers, mail_server: MailServer) -> None:
    (server,) = servers.start()
    email = people.register(server)
    people.sign_in(server, email)
    mail_server.behave(greeting=HANG)
    with servers.database.orm():
        enqueue(1)
        worker = servers.start_worker(env=mail_server.env)
        mail_server.wait_for(lambda: mail_server.conversations > 0)
        User.objects.filter(email=email).update(is_active=False)
        worker.wait_until(lambda: not Session.objects.open().exists(), seconds=15)
        assert mail_server.conversations == 1
        os.kill(worker.pid, signal.SIGTERM)
        assert worker.wait(seconds=12) == 0
