"""A limit that is reached is told as a failure of what was asked for, without a row: nobody may fill the table."""

from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import Settings
from structlog.testing import capture_logs

from accounts.errors import InvalidCredentials, TooManyAttempts, WrongPassword
from accounts.models import AuditEvent, MailKind, User
from accounts.principals import Origin, UserPrincipal
from accounts.services import email_change, mail_requests, password_change, registration, sign_in
from accounts.tests.support.factories import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)

NEW = "seven kites over helsinki"


def limited_by(act: Callable[[], Any]) -> list[tuple[str, str, str]]:
    """Event, outcome and actor of the lines that tell of the limit."""
    rows = AuditEvent.objects.count()
    with capture_logs() as lines, pytest.raises(TooManyAttempts):
        act()
    assert AuditEvent.objects.count() == rows
    return [
        (line["event"], line["outcome"], line["actor"]) for line in lines if line.get("reason") == "too_many_attempts"
    ]


def full(settings: Settings) -> None:
    """From now on one is too many."""
    settings.AUTH_LOGIN_LIMITS = settings.AUTH_MAIL_LIMITS = "account=1/1h,address=1/1h"


def test_at_a_sign_in(settings: Settings, user: User, origin: Origin) -> None:
    full(settings)
    with pytest.raises(InvalidCredentials):
        sign_in.sign_in(email=user.email, password="wrong", origin=origin)
    assert limited_by(lambda: sign_in.sign_in(email=user.email, password="wrong", origin=origin)) == [
        ("sign_in", "failure", "")
    ]


def test_where_a_password_is_asked_for_again(settings: Settings, actor: UserPrincipal, origin: Origin) -> None:
    full(settings)

    def change() -> None:
        password_change.change_password(current_password="wrong", new_password=NEW, actor=actor, origin=origin)

    with pytest.raises(WrongPassword):
        change()
    assert limited_by(change) == [("password.changed", "failure", str(actor.user_id))]


def test_where_mails_are_asked_for(settings: Settings, origin: Origin) -> None:
    def ask() -> None:
        mail_requests.ask(MailKind.RESET_PASSWORD, email="ada@example.com", origin=origin)

    full(settings)
    ask()
    assert limited_by(ask) == [("mail.requested", "failure", "")]


def test_where_accounts_are_made(settings: Settings, origin: Origin) -> None:
    settings.AUTH_REGISTRATION = "open"
    full(settings)
    registration.register(email="ada@example.com", password=PASSWORD, profile={}, origin=origin)
    assert limited_by(
        lambda: registration.register(email="bob@example.com", password=PASSWORD, profile={}, origin=origin)
    ) == [("user.registered", "failure", "")]


def test_where_an_address_is_changed(settings: Settings, actor: UserPrincipal, origin: Origin) -> None:
    def change() -> None:
        email_change.request(new_email="new@example.com", password=PASSWORD, actor=actor, origin=origin)

    full(settings)
    change()
    assert limited_by(change) == [("email.change_requested", "failure", str(actor.user_id))]
