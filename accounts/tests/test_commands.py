"""The door of the command line."""

import signal
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from typing import Any
from unittest.mock import Mock

import pytest
from django.core.mail import EmailMessage
from django.core.management import CommandError, call_command
from django.db import InterfaceError, OperationalError
from django.db.models import ProtectedError
from django.utils import timezone
from pytest_django import Settings
from structlog.testing import capture_logs

from accounts.management.commands import work
from accounts.models import AuditEvent, MailKind, Session, SigningKey, User
from accounts.principals import Origin, System
from accounts.services import housekeeping, mailing, postman, reconciliation
from accounts.services.auditing.watching import End
from accounts.services.deleting import deletion
from accounts.services.deleting.reminders import reminders
from accounts.services.figures.keeping import Keeping
from accounts.services.following import retention
from accounts.services.reconciliation import SuspensionReconciliation
from accounts.services.session_reconciliation import SessionReconciliation
from accounts.services.signing_keys import keys
from accounts.tests.support import consumers, memory
from accounts.tests.support.factories import MakeUser, SignIn

pytestmark = pytest.mark.django_db


@pytest.fixture
def _signals(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The worker takes SIGTERM and SIGINT for itself, and closes old connections; here both are kept."""
    monkeypatch.setattr(work, "close_old_connections", lambda: None)
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def run(*arguments: str, **options: Any) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out, **options)
    return out.getvalue()


@pytest.mark.usefixtures("_signals")
def test_the_worker_makes_one_round_when_told_once(user: User, sign_in: SignIn) -> None:
    sign_in(user)
    sign_in(user)
    first = Session.objects.order_by("created_at").first()
    assert first is not None
    Session.objects.filter(pk=first.pk).update(expires_at=timezone.now() - timedelta(days=2))
    User.objects.update(is_active=False)
    with capture_logs() as lines:
        run("work", "--once")
    assert Session.objects.get().revocation_reason == "suspended"
    assert {line["event"]: line["done"] for line in lines if "done" in line} == {"reconcile_suspensions": 1, "purge": 1}


@pytest.mark.usefixtures("_signals")
def test_the_worker_sees_deletions_through_and_names_who_is_late(make_user: MakeUser) -> None:
    orders = consumers.make("svc_orders")
    deletion.request(make_user().pk, actor=System("test"), origin=Origin())
    consumers.catch_up(orders)
    consumers.make("svc_late")
    deletion.request(make_user().pk, actor=System("test"), origin=Origin())
    consumers.catch_up(orders)
    consumers.let_pass(timedelta(days=2))
    reminders.forget()
    with capture_logs() as lines:
        run("work", "--once")
    assert {line["event"]: line["done"] for line in lines if "done" in line} == {
        "advance_deletions": 1,
        "watch_overdue": 1,
    }
    assert [line["consumer"] for line in lines if line["event"] == "deletion_consumer_overdue"] == ["svc_late"]
    assert User.objects.count() == 1


@pytest.mark.usefixtures("_signals")
def test_the_worker_sends_mails_in_its_one_round(user: User, mailoutbox: list[EmailMessage]) -> None:
    mailing.enqueue(MailKind.PASSWORD_CHANGED, address=user.email, user_id=user.pk)
    run("work", "--once")
    assert [message.to for message in mailoutbox] == [[user.email]]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_signals")
def test_the_worker_sends_mails_beside_its_rounds(
    user: User, mailoutbox: list[EmailMessage], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postman, "EVERY_SECONDS", 0.01)
    monkeypatch.setattr(housekeeping, "purge", lambda: signal.raise_signal(signal.SIGTERM) if mailoutbox else 0)
    mailing.enqueue(MailKind.PASSWORD_CHANGED, address=user.email, user_id=user.pk)
    run("work", "--interval=0.01")
    assert len(mailoutbox) == 1


@pytest.mark.usefixtures("_signals")
def test_a_round_without_work_says_nothing() -> None:
    with capture_logs() as lines:
        run("work", "--once")
    assert lines == []


@pytest.mark.usefixtures("_signals")
def test_the_worker_outlives_its_database(monkeypatch: pytest.MonkeyPatch) -> None:
    def lift_ended() -> int:
        raise OperationalError

    monkeypatch.setattr(reconciliation, "lift_ended", lift_ended)
    with capture_logs() as lines:
        run("work", "--once")
    assert [(line["duty"], line["error"]) for line in lines] == [("lift_ended", "OperationalError")]


@pytest.mark.usefixtures("_signals")
@pytest.mark.parametrize("error", [OperationalError, InterfaceError, ValueError, ProtectedError("held", set())])
def test_what_one_duty_meets_with_keeps_no_other_from_being_done(
    monkeypatch: pytest.MonkeyPatch, error: Exception | type[Exception]
) -> None:
    def lift_ended() -> int:
        raise error

    monkeypatch.setattr(reconciliation, "lift_ended", lift_ended)
    monkeypatch.setattr(retention, "shorten_notices", shorten_notices := Mock(return_value=3, __name__="shorten"))
    with capture_logs() as lines:
        run("work", "--once")
    name = error.__name__ if isinstance(error, type) else type(error).__name__
    assert [(line["event"], line.get("error", line.get("done"))) for line in lines] == [
        ("duty_failed", name),
        ("shorten", 3),
    ]
    assert shorten_notices.called


@pytest.mark.usefixtures("_signals")
def test_what_was_changed_and_is_easily_found_comes_before_the_walk_through_everybody() -> None:
    command = work.Command()
    command._suspensions, command._sessions = SuspensionReconciliation(), SessionReconciliation()
    command._end, command._figures = End(), Keeping()
    names = [duty.__name__ for duty in command._duties()]
    assert names[:3] == ["reconcile_suspensions", "reconcile_changed", "lift_ended"]
    assert names[-1] == "reconcile_sessions"


@pytest.mark.usefixtures("_signals")
def test_a_worker_that_is_told_to_stop_begins_no_other_duty(monkeypatch: pytest.MonkeyPatch) -> None:
    def lift_ended() -> int:
        signal.raise_signal(signal.SIGTERM)
        return 0

    monkeypatch.setattr(reconciliation, "lift_ended", lift_ended)
    monkeypatch.setattr(housekeeping, "purge", purge := Mock(return_value=0))
    run("work")
    assert not purge.called


@pytest.mark.usefixtures("_signals")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_worker_stops_after_its_duty_when_told_to(monkeypatch: pytest.MonkeyPatch, number: signal.Signals) -> None:
    rounds: list[int] = []

    def purge() -> int:
        rounds.append(len(rounds))
        if len(rounds) == 3:
            signal.raise_signal(number)
        return 0

    monkeypatch.setattr(housekeeping, "purge", purge)
    run("work", "--interval=0.001")
    assert len(rounds) == 3


def test_invalidate_all_tokens_ends_every_session(user: User, sign_in: SignIn) -> None:
    sign_in(user)
    sign_in(user)
    assert run("invalidate_all_tokens") == "2 sessions ended, and the tokens of 0 service clients.\n"
    assert not Session.objects.open().exists()
    assert AuditEvent.objects.get(type="tokens.invalidated").actor == "system:invalidate_all_tokens"


def test_ensure_keys_makes_them_once() -> None:
    for _ in range(2):
        run("ensure_keys")
    assert SigningKey.objects.count() == 4


def test_ensure_keys_fails_when_those_there_are_can_not_be_read(settings: Settings) -> None:
    keys.ensure_first_keys()
    settings.SECRET_KEY = "another" * 10
    memory.forget()
    with pytest.raises(CommandError, match="SECRET_KEY"):
        run("ensure_keys")
    assert SigningKey.objects.count() == 4


@pytest.mark.django_db(transaction=True)
def test_migrate_has_nothing_to_do_here() -> None:
    assert "No migrations to apply" in run("migrate")


def test_no_migration_is_missing() -> None:
    assert "No changes detected" in run("makemigrations", check=True, dry_run=True)


def test_createsuperuser_asks_for_the_address(monkeypatch: pytest.MonkeyPatch, password: str) -> None:
    questions: list[str] = []

    def answer(question: str) -> str:
        questions.append(question)
        return "Root@Example.COM"

    monkeypatch.setattr("builtins.input", answer)
    monkeypatch.setattr("getpass.getpass", lambda *_, **__: password)
    assert "created" in run("createsuperuser", stdin=_Terminal())
    assert questions == ["Email: "]
    root = User.objects.get(email="root@example.com")
    assert root.is_superuser
    assert root.check_password(password)


class _Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def test_createsuperuser_takes_no_address_twice(user: User) -> None:
    with pytest.raises(CommandError, match="already"):
        run("createsuperuser", interactive=False, email=user.email.upper())


def test_createsuperuser_without_anybody_to_ask_makes_an_account_that_no_password_opens() -> None:
    run("createsuperuser", interactive=False, email="Root@Example.com")
    assert not User.objects.get(email="root@example.com").has_usable_password()
