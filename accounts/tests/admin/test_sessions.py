"""The session that the admin opens: as long as its cookie at most, and without a token."""

from datetime import timedelta

import pytest
import structlog
from django.contrib.auth.models import Group
from django.test import Client
from pytest_django import Settings

from accounts.models import AuditEvent, Session, User
from accounts.tests.admin.conftest import enter
from accounts.tests.admin.test_entry import is_in
from accounts.tests.support.factories import SignIn
from accounts.tokens import issuing

HOUR = timedelta(hours=1)


def lives(session: Session) -> tuple[timedelta, timedelta]:
    """Until nobody has renewed it for so long, and at the longest; to the nearest minute."""
    ends = (session.expires_at, session.absolute_expires_at)
    idle, absolute = (timedelta(minutes=round((end - session.created_at) / timedelta(minutes=1))) for end in ends)
    return idle, absolute


def test_it_ends_with_its_cookie(root: User) -> None:
    enter(root)
    assert lives(Session.objects.get()) == (8 * HOUR, 8 * HOUR)


def test_it_does_not_outlive_what_the_house_allows(root: User, settings: Settings) -> None:
    settings.AUTH_REFRESH_ABSOLUTE_LIFETIME = (2 * HOUR).total_seconds()
    enter(root)
    assert lives(Session.objects.get()) == (2 * HOUR, 2 * HOUR)


def test_nobody_is_put_out_in_the_middle_of_work(root: User, settings: Settings) -> None:
    """Nothing renews it: there is no token to do that with."""
    settings.AUTH_REFRESH_IDLE_LIFETIME = 60
    enter(root)
    assert lives(Session.objects.get()) == (8 * HOUR, 8 * HOUR)


def test_every_other_session_lives_as_before(root: User, sign_in: SignIn) -> None:
    sign_in(root)
    assert lives(Session.objects.get()) == (timedelta(days=14), timedelta(days=90))


def test_no_token_is_signed(root: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(issuing, "issue", lambda *_, **__: pytest.fail("somebody signed a token"))
    assert is_in(enter(root))


def test_many_groups_keep_nobody_out(root: User) -> None:
    """Their names would not go into a token; there is none."""
    names = [f"{number:04d}{'g' * 96}" for number in range(100)]
    root.groups.add(*Group.objects.bulk_create(Group(name=name) for name in names))
    with structlog.testing.capture_logs() as told:
        admin: Client = enter(root)
    assert is_in(admin)
    assert not [line for line in told if line["event"] == "token_too_large"]
    assert AuditEvent.objects.filter(type="sign_in", outcome="success", subject=root.pk).count() == 1
