"""Suspending and reinstating at the command line, and the worker that finds what nobody told it."""

import signal
from collections.abc import Callable, Iterator
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from accounts.errors import AccountSuspended, Refusal, SessionRevoked
from accounts.management.commands import work
from accounts.models import AuditEvent, Notice, Suspension, User
from accounts.principals import Origin, System
from accounts.services import identification, suspension
from accounts.tests.support.factories import SignIn, misspelt

pytestmark = pytest.mark.django_db

OPERATOR = System("test")
NEW_PASSWORD = "seven kites over helsinki"


def run(*arguments: str, **options: Any) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out, **options)
    return out.getvalue()


@pytest.fixture
def one_round(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], str]]:
    """The worker's own command; signals and connections stay this process's."""
    monkeypatch.setattr(work, "close_old_connections", lambda: None)
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield lambda: run("work", "--once")
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("name", ["id", "email"])
def test_a_user_is_suspended_and_reinstated_by_address_or_id(user: User, name: str) -> None:
    named = str(getattr(user, name)).upper()
    assert run("suspend_user", named) == f"{user.email} ({user.pk}) is suspended.\n"
    assert not User.objects.get().is_active
    assert run("reinstate_user", named) == f"{user.email} ({user.pk}) may sign in.\n"
    assert User.objects.get().is_active
    past = Suspension.objects.get()
    assert (past.reason, past.actor, past.lifted_by) == ("", "system:suspend_user", "system:reinstate_user")
    assert set(AuditEvent.objects.values_list("actor", flat=True)) == {"system:suspend_user", "system:reinstate_user"}


def test_a_reason_and_an_end_can_be_given(user: User) -> None:
    until = "2100-01-02T03:04:05+00:00"
    said = run("suspend_user", user.email, "--reason", "case 4711", "--until", until)
    assert said == f"{user.email} ({user.pk}) is suspended until {until}.\n"
    opened = Suspension.objects.get()
    assert opened.until is not None
    assert (opened.reason, opened.until.isoformat()) == ("case 4711", until)


@pytest.mark.parametrize("command", ["suspend_user", "reinstate_user"])
@pytest.mark.parametrize("nobody", ["nobody@example.com", "00000000-0000-0000-0000-000000000001", "", "\udcff", "\0"])
def test_nobody_is_found_and_what_to_write_is_said(user: User, command: str, nobody: str) -> None:
    with pytest.raises(CommandError, match="no such user; give the e-mail address"):
        run(command, nobody)


def test_an_id_has_one_spelling_but_for_its_capitals(user: User) -> None:
    for each in misspelt(user.pk):
        if each != str(user.pk).upper():
            with pytest.raises(CommandError, match="no such user"):
                run("suspend_user", each)
    assert User.objects.get().is_active


@pytest.mark.parametrize("command", ["suspend_user", "reinstate_user"])
def test_whoever_is_being_deleted_is_not_found_and_that_is_said(user: User, command: str) -> None:
    User.objects.update(deletion_requested_at=timezone.now())
    for named in (user.email, str(user.pk)):
        with pytest.raises(CommandError, match="no such user any more: they are being deleted"):
            run(command, named)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--until", "tomorrow"], "--until: Write the date, the time and the offset"),
        (["--until", "2100-13-01T00:00:00Z"], "--until: Write the date"),
        (["--until", "2100-01-01T00:00:00"], "--until: Write the date"),
        (["--until", "2020-01-01T00:00:00Z"], "--until: This is over already"),
        (["--reason", "x" * 501], "--reason: Ensure this value has at most 500 characters"),
        (["--reason", "a\nb"], "--reason: Control characters"),
        (["--reason", "\udcff"], "--reason: Half a character"),
    ],
)
def test_what_does_not_fit_is_said_with_the_option(user: User, arguments: list[str], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        run("suspend_user", user.email, *arguments)
    assert User.objects.get().is_active


def test_the_worker_lets_in_whose_suspension_is_over(user: User, one_round: Callable[[], str], sign_in: SignIn) -> None:
    until = timezone.now() + timedelta(hours=1)
    suspension.suspend(user.pk, reason="", until=until, actor=OPERATOR, origin=Origin())
    one_round()
    assert not User.objects.get().is_active
    Suspension.objects.update(until=timezone.now() - timedelta(seconds=1))
    assert not User.objects.get().is_active  # nothing computes it at read time
    one_round()
    assert Notice.objects.get(type="user.reinstated").subject == str(user.pk)
    assert sign_in(user).access


def test_the_worker_suspends_whose_account_is_over(user: User, one_round: Callable[[], str]) -> None:
    User.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    one_round()
    assert Notice.objects.get(type="user.suspended").subject == str(user.pk)
    assert Suspension.objects.open().get().user == user


def refusal_of(token: str) -> type[Refusal] | None:
    try:
        identification.identify(token)
    except Refusal as refusal:
        return type(refusal)
    return None


def by_shell(user: User) -> None:
    user = User.objects.get(pk=user.pk)
    user.set_password(NEW_PASSWORD)
    user.save()


def by_changepassword(user: User) -> None:
    call_command("changepassword", user.email, stdout=StringIO())


def by_sql(user: User) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_user SET is_active = false")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("change", "reason", "notices"),
    [
        (by_shell, SessionRevoked, ["sessions.revoked"]),
        (by_changepassword, SessionRevoked, ["sessions.revoked"]),
        (by_sql, AccountSuspended, ["sessions.revoked", "user.suspended"]),
    ],
)
def test_what_happens_behind_the_services_back_is_refused_and_in_the_log_after_one_round(
    user: User,
    sign_in: SignIn,
    one_round: Callable[[], str],
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[User], None],
    reason: type[Refusal],
    notices: list[str],
) -> None:
    """A round is made every 5 s; whatever a process remembers lives for 5 s, or until it hears of the notice."""
    monkeypatch.setattr("getpass.getpass", lambda *_, **__: NEW_PASSWORD)
    access = sign_in(user).access
    assert refusal_of(access) is None
    change(user)
    one_round()
    assert list(Notice.objects.order_by("seq").values_list("type", flat=True)) == notices
    assert set(Notice.objects.values_list("subject", flat=True)) == {str(user.pk)}
    assert refusal_of(access) is reason
