"""Signing in: the password, then the user's row as it was checked, then a session."""

from collections.abc import Callable
from datetime import timedelta
from unittest.mock import Mock

import pytest
from django.contrib.auth import hashers
from django.db import DatabaseError, connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from accounts import passwords
from accounts.errors import AccountSuspended, Busy, InvalidCredentials, TooManyAttempts
from accounts.models import AuditEvent, KnownNetwork, Session, User, prepared_chain
from accounts.models.audit import INSERT_CONTEXT
from accounts.models.sessions import MAX_OPEN_PER_USER
from accounts.principals import Origin
from accounts.services import sign_in as service
from accounts.services.sign_in import SignedIn
from accounts.tests.support.factories import PASSWORD, MakeUser

HOME, AWAY = Origin(address="192.0.2.1", user_agent="curl/8"), Origin(address="198.51.100.9")


def enter(user: User, password: str = PASSWORD, origin: Origin = HOME) -> SignedIn:
    outcome = service.sign_in(email=user.email, password=password, origin=origin)
    assert isinstance(outcome, SignedIn)
    return outcome


def fail(email: str, origin: Origin = HOME, times: int = 1) -> None:
    for _ in range(times):
        with pytest.raises(InvalidCredentials):
            service.sign_in(email=email, password="wrong", origin=origin)


@pytest.fixture
def in_between(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Something happens once, between the check of the password and the opening of the session."""

    def arrange(happening: Callable[[], object]) -> None:
        open_session, waiting = service._open, [happening]

        def open_late(*args: object) -> Session | None:
            if waiting:
                waiting.pop()()
            return open_session(*args)  # type: ignore[arg-type]

        monkeypatch.setattr(service, "_open", open_late)

    return arrange


def test_a_sign_in_is_one_session_that_says_how_and_from_where(user: User) -> None:
    enter(user)
    session = Session.objects.get()
    assert (session.amr, session.address, session.user_agent) == (["pwd"], "192.0.2.1", "curl/8")
    assert (session.generation, session.credentials_version) == (0, 1)
    assert session.expires_at - session.created_at == pytest.approx(timedelta(days=14), abs=timedelta(seconds=5))
    assert session.absolute_expires_at - session.expires_at == timedelta(days=76)


def test_a_sign_in_sets_last_login_and_no_version(user: User) -> None:
    enter(user)
    user.refresh_from_db()
    assert user.last_login is not None
    assert (user.version, user.credentials_version) == (1, 1)


def test_success_and_failure_are_recorded_without_the_address_in_the_event(user: User) -> None:
    """What strangers type about nobody leaves no row: they could fill the table."""
    fail(user.email)
    fail("nobody@example.com")
    enter(user)
    events = AuditEvent.objects.filter(type="sign_in").order_by("pk").values_list("outcome", "subject", "data")
    assert list(events) == [
        ("failure", user.pk, {"reason": "invalid_credentials"}),
        ("success", user.pk, {}),
    ]


@pytest.mark.real_hasher
@pytest.mark.parametrize("algorithm", ["pbkdf2_sha256", "pbkdf2_sha1", "scrypt"])
def test_an_old_hash_is_made_anew_without_ending_sessions(user: User, algorithm: str) -> None:
    enter(user)
    User.objects.update(password=hashers.make_password(PASSWORD, hasher=algorithm))
    enter(user)
    user.refresh_from_db()
    assert user.password.startswith("argon2$argon2id$")
    assert (user.version, user.credentials_version) == (1, 1)
    assert Session.objects.believed().count() == 2
    before = user.password
    enter(user)
    assert User.objects.get().password == before


def test_the_oldest_session_beyond_a_hundred_ends(user: User) -> None:
    enter(user)
    first = Session.objects.get()
    Session.objects.update(created_at=F("created_at") - timedelta(hours=1))
    Session.objects.bulk_create(
        Session(
            user=user,
            credentials_version=1,
            amr=["pwd"],
            expires_at=first.expires_at,
            absolute_expires_at=first.absolute_expires_at,
            created_at=timezone.now() - timedelta(minutes=1),
        )
        for _ in range(MAX_OPEN_PER_USER - 1)
    )
    assert Session.objects.open().count() == MAX_OPEN_PER_USER
    enter(user)
    assert Session.objects.open().count() == MAX_OPEN_PER_USER
    first.refresh_from_db()
    assert first.revocation_reason == "too_many_sessions"


@pytest.mark.parametrize(
    "change", [{"is_active": False}, {"expires_at": F("date_joined")}], ids=lambda c: next(iter(c))
)
def test_whoever_may_no_longer_come_in_does_not_get_in(
    user: User, in_between: Callable[[Callable[[], object]], None], change: dict[str, object]
) -> None:
    in_between(lambda: User.objects.update(**change))
    with pytest.raises(AccountSuspended):
        enter(user)
    assert not Session.objects.exists()


@pytest.mark.parametrize("version", [1, 2], ids=["by SQL", "by the services"])
def test_a_password_changed_in_between_is_checked_once_more(
    user: User, in_between: Callable[[Callable[[], object]], None], version: int
) -> None:
    in_between(lambda: User.objects.update(password=hashers.make_password("another"), credentials_version=version))
    with pytest.raises(InvalidCredentials):
        enter(user)
    assert not Session.objects.exists()


def test_a_hash_made_anew_in_between_does_no_harm(
    user: User, in_between: Callable[[Callable[[], object]], None]
) -> None:
    in_between(lambda: User.objects.update(password=hashers.make_password(PASSWORD)))
    assert enter(user).user == user


@pytest.mark.django_db(transaction=True)
def test_a_session_is_opened_with_all_that_belongs_to_it_or_not_at_all(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where that takes several statements."""
    monkeypatch.setattr(prepared_chain, "is_one_statement", lambda: False)
    monkeypatch.setattr(INSERT_CONTEXT, "run", Mock(side_effect=DatabaseError))
    with pytest.raises(DatabaseError):
        enter(user)
    user.refresh_from_db()
    assert not Session.objects.exists()
    assert not AuditEvent.objects.filter(type="sign_in").exists()
    assert user.last_login is None


@pytest.mark.django_db(transaction=True)
def test_no_session_is_opened_where_older_ones_can_not_be_ended(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    end = timezone.now() + timedelta(days=1)
    many = (
        Session(user=user, credentials_version=1, amr=[], expires_at=end, absolute_expires_at=end) for _ in range(60)
    )
    Session.objects.bulk_create(many)
    monkeypatch.setattr(service, "_end_the_oldest", Mock(side_effect=DatabaseError))
    with pytest.raises(DatabaseError):
        enter(user)
    assert Session.objects.count() == 60
    assert not AuditEvent.objects.filter(type="sign_in").exists()


def test_who_is_changed_every_time_gets_no_session(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "_open", lambda *_: None)
    with pytest.raises(InvalidCredentials):
        enter(user)


def test_a_full_account_refuses_the_right_password_too_and_says_when_to_come_again(
    user: User, settings: Settings
) -> None:
    settings.AUTH_LOGIN_LIMITS = "account=2/15m,address=100/15m"
    fail(user.email.upper(), times=2)
    with pytest.raises(TooManyAttempts) as refused:
        enter(user)
    assert 0 < refused.value.retry_after <= 900


def test_a_stranger_can_not_lock_the_owner_out(user: User, settings: Settings) -> None:
    settings.AUTH_LOGIN_LIMITS = "account=2/15m,address=100/15m"
    enter(user, origin=HOME)
    fail(user.email, AWAY, times=2)
    with pytest.raises(TooManyAttempts):
        enter(user, origin=AWAY)
    assert enter(user, origin=HOME).user == user
    fail(user.email, HOME, times=2)
    with pytest.raises(TooManyAttempts):
        enter(user, origin=HOME)


def test_an_address_known_long_ago_is_a_strangers(user: User, settings: Settings) -> None:
    settings.AUTH_LOGIN_LIMITS = "account=1/15m,address=100/15m"
    enter(user, origin=HOME)
    KnownNetwork.objects.update(last_seen_at=F("last_seen_at") - timedelta(days=91))
    fail(user.email, AWAY)
    with pytest.raises(TooManyAttempts):
        enter(user, origin=HOME)


def test_an_owner_who_signed_out_long_ago_is_still_known(user: User, settings: Settings) -> None:
    settings.AUTH_LOGIN_LIMITS = "account=1/15m,address=100/15m"
    enter(user, origin=HOME)
    Session.objects.all().delete()  # as the worker does, a day after its end
    fail(user.email, AWAY)
    assert enter(user, origin=HOME).user == user


def test_without_an_address_nobody_is_known(user: User, settings: Settings) -> None:
    settings.AUTH_LOGIN_LIMITS = "account=1/15m,address=100/15m"
    enter(user, origin=Origin())
    fail(user.email, AWAY)
    with pytest.raises(TooManyAttempts):
        enter(user, origin=Origin())


def test_neither_success_nor_suspension_counts(make_user: MakeUser, settings: Settings) -> None:
    settings.AUTH_LOGIN_LIMITS = "account=1/15m,address=1/15m"
    suspended = make_user(is_active=False)
    for _ in range(3):
        with pytest.raises(AccountSuspended):
            enter(suspended)
    fail(suspended.email)


def test_busy_costs_no_attempt(user: User, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.AUTH_LOGIN_LIMITS = "account=1/15m,address=1/15m"

    def verify(*_: object) -> None:
        raise Busy(retry_after=1)

    with monkeypatch.context() as patched:
        patched.setattr(passwords, "verify", verify)
        for _ in range(3):
            with pytest.raises(Busy):
                enter(user)
    assert enter(user).user == user


def test_unknown_and_unusable_take_the_time_of_a_hash(make_user: MakeUser, monkeypatch: pytest.MonkeyPatch) -> None:
    unusable, make_password, hashed = make_user(password=None), hashers.make_password, []

    def counted(raw: str | None) -> str:
        hashed.append(raw)
        return make_password(raw)

    monkeypatch.setattr(hashers, "make_password", counted)
    fail("nobody@example.com")
    assert len(hashed) == 1
    fail(unusable.email)
    assert len(hashed) == 2


def test_as_much_is_written_about_nobody_as_about_somebody(user: User, make_user: MakeUser) -> None:
    """What would show in the time is the writing of a row, not whether it stays."""
    asked: list[int] = []
    fail("whoever@example.com")  # makes the first keys
    for email in (user.email, make_user(password=None).email, "nobody@example.com"):
        with CaptureQueriesContext(connection) as captured:
            fail(email)
        asked.append(len(captured))
    assert len(set(asked)) == 1, asked
    assert not AuditEvent.objects.filter(subject=None, type="sign_in").exists()
