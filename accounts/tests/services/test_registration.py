"""An account for whoever asks, where that is allowed."""

from unittest.mock import Mock

import pytest
from django.db import IntegrityError, connection
from django.db.models import F
from pytest_django import Settings

from accounts.errors import (
    EmailNotVerified,
    EmailTaken,
    InvalidCredentials,
    InvalidInput,
    RegistrationClosed,
    TooManyAttempts,
)
from accounts.models import AuditEvent, MailKind, User
from accounts.models.users import UserQuerySet
from accounts.principals import Origin
from accounts.services import mail_contents, registration, sign_in
from accounts.tests.support import codes
from accounts.tests.support.mailed_flows import VERIFY
from accounts.tests.support.together import outcomes_together

pytestmark = pytest.mark.django_db


def register(email: str, password: str) -> User | None:
    return registration.register(email=email, password=password, profile={"first_name": "Ada"}, origin=Origin())


def test_a_registration_is_recorded(password: str) -> None:
    user = register("ada@example.com", password)
    assert user is not None
    event = AuditEvent.objects.get()
    assert (event.type, event.outcome, event.subject, event.actor) == ("user.registered", "success", user.pk, "")


def test_where_registration_is_closed_nothing_else_is_told(settings: Settings) -> None:
    settings.AUTH_REGISTRATION = "closed"
    with pytest.raises(RegistrationClosed):
        register("ada@example.com", "short")


def test_a_poor_password_is_told_before_whether_the_address_is_taken(user: User) -> None:
    with pytest.raises(InvalidInput):
        register(user.email, "short")


def test_who_was_quicker_with_the_same_address_has_it(
    user: User, password: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(UserQuerySet, "exists", Mock(return_value=False))
    with pytest.raises(EmailTaken):
        register(user.email, password)
    assert User.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_gets_the_address(password: str, settings: Settings) -> None:
    settings.AUTH_MAIL_LIMITS = "account=100/15m,address=100/15m"
    settings.AUTH_HASH_QUEUE = 8
    outcomes = outcomes_together(lambda _: register("ada@example.com", password), threads=8)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["EmailTaken"] * 7 + ["User"]
    assert User.objects.count() == AuditEvent.objects.count() == 1


def test_nothing_is_mailed_where_addresses_are_not_verified(password: str) -> None:
    register("ada@example.com", password)
    assert not codes.waiting()


def test_where_verification_is_optional_the_mail_goes_and_the_door_is_open(password: str, settings: Settings) -> None:
    settings.AUTH_EMAIL_VERIFICATION = "optional"
    user = register("ada@example.com", password)
    assert user is not None
    assert codes.waiting() == [("verify_email", user.email)]
    assert sign_in.sign_in(email=user.email, password=password, origin=Origin())
    with pytest.raises(EmailTaken):
        register(user.email, password)
    assert len(codes.waiting()) == 1


@pytest.fixture
def _required(settings: Settings) -> None:
    settings.AUTH_EMAIL_VERIFICATION = "required"


@pytest.mark.usefixtures("_required")
def test_where_it_is_required_a_free_and_a_taken_address_are_answered_alike(user: User, password: str) -> None:
    assert register("ada@example.com", password) is None
    assert register(user.email, "seven kites over helsinki") is None
    assert codes.waiting() == [("already_registered", user.email), ("verify_email", "ada@example.com")]
    user.refresh_from_db()
    assert user.check_password(password)
    assert user.version == 1
    assert AuditEvent.objects.filter(type="user.registered", outcome="failure", subject=user.pk).count() == 1


@pytest.mark.usefixtures("_required")
def test_whoever_has_verified_the_address_signs_in(password: str) -> None:
    register("ada@example.com", password)
    for word in ("wrong", password):
        with pytest.raises(InvalidCredentials):
            sign_in.sign_in(email="ada@example.com", password=word, origin=Origin())
    VERIFY.use(codes.mailed(MailKind.VERIFY_EMAIL))
    assert sign_in.sign_in(email="ada@example.com", password=password, origin=Origin())


@pytest.mark.usefixtures("_required")
def test_whoever_registers_an_address_finds_out_by_no_sign_in_whether_it_was_free(user: User, password: str) -> None:
    met: dict[str, list[str]] = {user.email: [], "ada@example.com": []}
    for email, refusals in met.items():
        register(email, "seven kites over helsinki")
        for _ in range(11):
            with pytest.raises((InvalidCredentials, EmailNotVerified, TooManyAttempts)) as refusal:
                sign_in.sign_in(email=email, password="seven kites over helsinki", origin=Origin())
            refusals.append(refusal.value.code)
    taken, free = met.values()
    assert taken == free == ["invalid_credentials"] * 10 + ["too_many_attempts"]


def test_whoever_signed_in_before_it_was_required_is_told_what_to_do(
    user: User, password: str, settings: Settings
) -> None:
    sign_in.sign_in(email=user.email, password=password, origin=Origin())
    settings.AUTH_EMAIL_VERIFICATION = "required"
    for _ in range(11):  # it was no wrong password
        with pytest.raises(EmailNotVerified):
            sign_in.sign_in(email=user.email, password=password, origin=Origin())


@pytest.mark.parametrize("verification", ["off", "required"])
def test_what_only_one_may_have_is_refused_whether_or_not_the_address_is_free(
    user: User, password: str, verification: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.AUTH_EMAIL_VERIFICATION = verification
    monkeypatch.setattr(User._meta.get_field("first_name"), "unique", True)
    User.objects.update(first_name="Ada")
    for email in (user.email, "ada@example.com"):
        with pytest.raises(InvalidInput) as refusal:
            register(email, password)
        assert [(error.field, error.code) for error in refusal.value.errors] == [("first_name", "unique")]


def test_whatever_else_is_in_the_way_is_named_by_the_database(user: User, password: str) -> None:
    User.objects.update(first_name="Ada")
    with connection.cursor() as cursor:
        cursor.execute("CREATE UNIQUE INDEX one_of_a_name ON accounts_user (first_name)")
    with pytest.raises(IntegrityError):
        register("ada@example.com", password)


@pytest.mark.usefixtures("_required")
def test_whoever_may_not_come_in_is_not_told_that_somebody_registers(user: User, password: str) -> None:
    register(user.email, password)
    mail = codes.last(MailKind.ALREADY_REGISTERED)
    content = mail_contents.compose(mail)
    assert content is not None
    assert content.url.endswith("/account/reset-password")
    User.objects.update(is_active=False)
    assert mail_contents.compose(mail) is None
    User.objects.update(is_active=True, expires_at=F("date_joined"))
    assert mail_contents.compose(mail) is None


def test_poor_passwords_do_not_count_towards_the_limit_and_taken_addresses_do(user: User, password: str) -> None:
    for _ in range(7):
        with pytest.raises(InvalidInput):
            register(user.email, "short")
    for _ in range(5):
        with pytest.raises(EmailTaken):
            register(user.email, password)
    with pytest.raises(TooManyAttempts):
        register(user.email, password)
