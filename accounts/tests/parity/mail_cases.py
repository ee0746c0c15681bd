"""How the codes of what goes by mail come about; beside `cases`, to which these are added."""

from typing import Final

from accounts import hashing
from accounts.models import MailKind, User
from accounts.tests.parity.cases import ANOTHER, WRONG, Stage, reaches, refuse_as_busy
from accounts.tests.parity.doors import Door, Outcome
from accounts.tests.support import codes, factories
from accounts.tests.support.factories import PASSWORD

NEW: Final = "new@example.com"


def code_to_reset(door: Door, stage: Stage) -> str:
    door.ask_reset(email=stage.user.email)
    return codes.mailed(MailKind.RESET_PASSWORD)


@reaches("invalid_code")
def a_password_is_reset_by_no_code(door: Door, stage: Stage) -> Outcome:
    return door.reset(token="nothing", new_password=ANOTHER)


@reaches("invalid_code")
def a_password_is_reset_twice(door: Door, stage: Stage) -> Outcome:
    code = code_to_reset(door, stage)
    assert not door.reset(token=code, new_password=ANOTHER).code
    return door.reset(token=code, new_password=PASSWORD)


@reaches("invalid_code")
def a_code_for_the_password_is_shown_for_the_address(door: Door, stage: Stage) -> Outcome:
    return door.verify_email(token=code_to_reset(door, stage))


@reaches("invalid_code")
def nothing_is_to_be_cancelled(door: Door, stage: Stage) -> Outcome:
    return door.stay(token=code_to_reset(door, stage))


@reaches("invalid_input")
def a_password_is_reset_to_a_poor_one(door: Door, stage: Stage) -> Outcome:
    return door.reset(token=code_to_reset(door, stage), new_password="short")


@reaches("busy")
def no_hash_slot_is_free_at_a_reset(door: Door, stage: Stage) -> Outcome:
    code = code_to_reset(door, stage)
    stage.monkeypatch.setattr(hashing, "slot", refuse_as_busy)
    return door.reset(token=code, new_password=ANOTHER)


@reaches("too_many_attempts")
def a_new_password_was_asked_for_too_often(door: Door, stage: Stage) -> Outcome:
    for _ in range(5):
        door.ask_reset(email="nobody@example.com")
    return door.ask_reset(email="nobody@example.com")


@reaches("too_many_attempts")
def a_link_was_asked_for_too_often(door: Door, stage: Stage) -> Outcome:
    for _ in range(5):
        door.resend(email="nobody@example.com")
    assert not door.ask_reset(email="nobody@example.com").code
    return door.resend(email="nobody@example.com")


@reaches("too_many_attempts")
def one_address_has_registered_too_often(door: Door, stage: Stage) -> Outcome:
    stage.settings.AUTH_MAIL_LIMITS = "account=5/1h,address=1/1h"
    door.register(email="somebody@example.com", password=ANOTHER)
    return door.register(email=NEW, password=ANOTHER)


@reaches("too_many_attempts")
def an_address_was_asked_for_too_often(door: Door, stage: Stage) -> Outcome:
    stage.settings.AUTH_MAIL_LIMITS = "account=1/1h,address=100/1h"
    for _ in range(2):
        door.change_email(stage.access, new_email=NEW, password=PASSWORD)
    return door.change_email(stage.access, new_email=NEW, password=PASSWORD)


@reaches("wrong_password")
def an_address_is_changed_without_the_password(door: Door, stage: Stage) -> Outcome:
    return door.change_email(stage.access, new_email=NEW, password=WRONG)


@reaches("not_authenticated")
def whoever_changes_an_address_shows_nothing(door: Door, stage: Stage) -> Outcome:
    return door.change_email(new_email=NEW, password=PASSWORD)


@reaches("invalid_input")
def an_address_is_changed_to_itself(door: Door, stage: Stage) -> Outcome:
    return door.change_email(stage.access, new_email=stage.user.email.upper(), password=PASSWORD)


@reaches("email_taken")
def an_address_was_taken_meanwhile(door: Door, stage: Stage) -> Outcome:
    door.change_email(stage.access, new_email=NEW, password=PASSWORD)
    if not User.objects.filter(email=NEW).exists():
        factories.make_user(NEW)
    return door.verify_email(token=codes.mailed(MailKind.CONFIRM_NEW_EMAIL))


@reaches("email_not_verified")
def an_address_is_to_be_verified_first(door: Door, stage: Stage) -> Outcome:
    stage.settings.AUTH_EMAIL_VERIFICATION = "required"
    return door.login(**stage.credentials)


@reaches("account_suspended")
def whoever_waits_to_be_deleted_signs_in(door: Door, stage: Stage) -> Outcome:
    stage.settings.AUTH_DELETION_DELAY = 3600
    door.delete_me(stage.access, password=PASSWORD)
    return door.login(**stage.credentials)
