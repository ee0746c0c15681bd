"""A mail that is asked for at one door carries a code that is good at the other, and both do the same with it."""

import pytest

from accounts.models import MailKind, User
from accounts.tests.parity.cases import ANOTHER, Stage
from accounts.tests.parity.doors import DOORS, Door, Outcome
from accounts.tests.support import codes, factories
from accounts.tests.support.factories import PASSWORD

pytestmark = pytest.mark.django_db

REST, GRAPHQL = DOORS.values()
BOTH_WAYS = pytest.mark.parametrize(("one", "other"), [(REST, GRAPHQL), (GRAPHQL, REST)])
DONE = Outcome()


@BOTH_WAYS
def test_a_password_is_reset(one: Door, other: Door, stage: Stage) -> None:
    assert one.ask_reset(email=stage.user.email) == DONE
    assert other.reset(token=codes.mailed(MailKind.RESET_PASSWORD), new_password=ANOTHER) == DONE
    assert one.user(stage.access).code == "session_revoked"
    assert one.login(email=stage.user.email, password=ANOTHER).data["user"]["email_verified"] is True


@BOTH_WAYS
def test_an_address_is_verified(one: Door, other: Door, stage: Stage) -> None:
    assert one.resend(email=stage.user.email) == DONE
    assert other.verify_email(token=codes.mailed(MailKind.VERIFY_EMAIL)) == DONE
    assert one.user(stage.access).data["email_verified"] is True


@BOTH_WAYS
def test_an_address_is_changed(one: Door, other: Door, stage: Stage) -> None:
    assert one.change_email(stage.access, new_email=" New@Example.com ", password=PASSWORD) == DONE
    assert other.verify_email(token=codes.mailed(MailKind.CONFIRM_NEW_EMAIL)) == DONE
    assert one.user(stage.access).data["email"] == "new@example.com"


@BOTH_WAYS
def test_a_deletion_is_cancelled(one: Door, other: Door, stage: Stage) -> None:
    stage.settings.AUTH_DELETION_DELAY = 3600
    asked = one.delete_me(stage.access, password=PASSWORD).data
    assert asked["requested_at"] < asked["begins_at"]
    assert asked["completed_at"] is None
    assert other.stay(token=codes.mailed(MailKind.CANCEL_DELETION)) == DONE
    assert one.login(**stage.credentials).data


def test_a_registration_tells_nothing_where_addresses_are_verified_first(door: Door, stage: Stage) -> None:
    stage.settings.AUTH_EMAIL_VERIFICATION = "required"
    for email in (stage.user.email, "new@example.com"):
        assert door.register(email=email, password=ANOTHER, first_name="Ada") == DONE
    assert User.objects.get(email="new@example.com").first_name == "Ada"
    assert codes.waiting() == [("already_registered", stage.user.email), ("verify_email", "new@example.com")]


def test_whoever_may_get_no_mail_is_answered_like_everybody(door: Door, stage: Stage) -> None:
    suspended = factories.make_user(is_active=False)
    for email in (suspended.email, "nobody@example.com"):
        assert door.ask_reset(email=email) == door.resend(email=email) == DONE
