"""A new password for whoever reads the account's mails: every session ends, and nobody learns whose address it is."""

from unittest.mock import Mock

import pytest
from django.db import OperationalError
from pytest_django import Settings

from accounts import passwords
from accounts.delivery.content import Content
from accounts.errors import Busy, InvalidCredentials, InvalidInput, TooManyAttempts
from accounts.models import AuditEvent, Code, MailKind, Notice, Session, User
from accounts.principals import Origin
from accounts.services import mail_contents, password_reset, sign_in
from accounts.tests.support import codes, mailed_flows
from accounts.tests.support.factories import PASSWORD, MakeUser, SignIn, Tokens
from accounts.tests.support.mailed_flows import NEW_PASSWORD, RESET
from accounts.throttling.database_counters import DatabaseCounters

pytestmark = pytest.mark.django_db


def enter(user: User, password: str, origin: Origin) -> object:
    return sign_in.sign_in(email=user.email, password=password, origin=origin)


def test_the_new_password_opens_the_account_and_the_old_one_does_not(user: User, origin: Origin) -> None:
    mailed_flows.reset(RESET.code_for(user))
    assert enter(user, NEW_PASSWORD, origin)
    with pytest.raises(InvalidCredentials):
        enter(user, PASSWORD, origin)


def test_every_session_ends_and_the_log_says_so(user: User, tokens: Tokens, sign_in: SignIn) -> None:
    sign_in(user)
    mailed_flows.reset(RESET.code_for(user))
    assert {session.revocation_reason for session in Session.objects.all()} == {"password_changed"}
    assert sorted(Notice.objects.values_list("type", flat=True)) == ["sessions.revoked", "user.updated"]
    changed = User.objects.get()
    assert (changed.version, changed.credentials_version) == (2, 2)
    event = AuditEvent.objects.get(type="password.reset")
    assert (event.actor, event.subject, event.outcome) == ("", user.pk, "success")


def test_the_address_is_proven_along_with_it_and_its_owner_told(user: User) -> None:
    mailed_flows.reset(RESET.code_for(user))
    assert User.objects.get().email_verified
    assert ("password_changed", user.email) in codes.waiting()


def test_whoever_is_told_can_have_another_one_set_and_the_mail_itself_sets_none(user: User) -> None:
    mailed_flows.reset(RESET.code_for(user))
    content = mail_contents.compose(codes.last(MailKind.PASSWORD_CHANGED))
    assert content == Content(url="http://localhost:8000/account/reset-password")


def test_whoever_has_no_password_gets_one(make_user: MakeUser, origin: Origin) -> None:
    user = make_user(password=None)
    mailed_flows.reset(RESET.code_for(user))
    assert enter(user, NEW_PASSWORD, origin)


def test_a_poor_password_leaves_the_code_good(user: User) -> None:
    code = RESET.code_for(user)
    for poor in ("short", user.email):
        with pytest.raises(InvalidInput) as refused:
            mailed_flows.reset(code, poor)
        assert [error.field for error in refused.value.errors] == ["new_password"]
    mailed_flows.reset(code)


def test_a_full_queue_leaves_the_code_good(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    code = RESET.code_for(user)
    with monkeypatch.context() as patch:
        patch.setattr(passwords, "hash_password", _busy)
        with pytest.raises(Busy):
            mailed_flows.reset(code)
    mailed_flows.reset(code)


def _busy(raw: str) -> str:
    raise Busy(retry_after=1)


def test_whoever_tried_too_often_is_let_in_again(user: User, origin: Origin) -> None:
    for _ in range(10):
        with pytest.raises(InvalidCredentials):
            enter(user, "wrong", origin)
    with pytest.raises(TooManyAttempts):
        enter(user, PASSWORD, origin)
    mailed_flows.reset(RESET.code_for(user))
    assert enter(user, NEW_PASSWORD, origin)


@pytest.mark.parametrize("email", ["somebody@example.com", "nobody@example.com"])
def test_a_wish_is_one_row_whoever_has_the_address(email: str, make_user: MakeUser, origin: Origin) -> None:
    make_user("somebody@example.com")
    password_reset.request(email=email, origin=origin)
    assert codes.waiting() == [(MailKind.RESET_PASSWORD, email)]
    assert codes.last(MailKind.RESET_PASSWORD).user_id is None
    assert not Code.objects.exists()
    assert not AuditEvent.objects.exists()


@pytest.mark.parametrize("email", ["somebody@example.com", "nobody@example.com"])
def test_the_limit_is_the_same_whoever_has_the_address(
    email: str, make_user: MakeUser, origin: Origin, settings: Settings
) -> None:
    settings.AUTH_MAIL_LIMITS = "account=2/1h,address=100/1h"
    make_user("somebody@example.com")
    for _ in range(2):
        password_reset.request(email=email, origin=origin)
    with pytest.raises(TooManyAttempts):
        password_reset.request(email=email, origin=origin)
    assert len(codes.waiting()) == 2


@pytest.mark.django_db(transaction=True)
def test_what_happened_is_not_denied_because_a_count_can_not_be_forgotten(
    user: User, origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = RESET.code_for(user)
    monkeypatch.setattr(DatabaseCounters, "forget", Mock(side_effect=OperationalError))
    mailed_flows.reset(code)
    assert enter(user, NEW_PASSWORD, origin)
