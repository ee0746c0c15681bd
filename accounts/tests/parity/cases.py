"""How each code comes about: scenarios that no door is named in."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import pytest
from django.db import OperationalError, connection
from django.db.models import F
from pytest_django import Settings

from accounts import hashing
from accounts.errors import Busy
from accounts.models import Session, User
from accounts.tests.parity.doors import Door, InCookie, Outcome
from accounts.tests.support import consumers, factories, memory
from accounts.tests.support.factories import PASSWORD, Tokens
from accounts.tests.support.forging import claims_of, resigned

ANOTHER: Final = "seven kites over helsinki"
WRONG: Final = "not this one"


@dataclass(frozen=True, slots=True)
class Stage:
    """Somebody who is signed in, and the means to change the world around them."""

    user: User
    tokens: Tokens
    settings: Settings
    monkeypatch: pytest.MonkeyPatch

    @property
    def credentials(self) -> dict[str, str]:
        return {"email": self.user.email, "password": PASSWORD}

    @property
    def access(self) -> str:
        return self.tokens.access

    @property
    def expired_access(self) -> str:
        return resigned(self.access, claims={"exp": claims_of(self.access)["iat"] - 3600})

    @property
    def session(self) -> Session:
        return Session.objects.get(pk=UUID(claims_of(self.access)["sid"]))


Scenario = Callable[[Door, Stage], Outcome]
CASES: Final[dict[str, list[Scenario]]] = defaultdict(list)


def reaches(code: str) -> Callable[[Scenario], Scenario]:
    """The last call of this scenario is refused with this code."""

    def add(scenario: Scenario) -> Scenario:
        CASES[code].append(scenario)
        return scenario

    return add


@reaches("email_taken")
def the_address_has_an_account(door: Door, stage: Stage) -> Outcome:
    return door.register(email=f" {stage.user.email.upper()}", password=ANOTHER)


@reaches("registration_closed")
def registration_is_closed(door: Door, stage: Stage) -> Outcome:
    stage.settings.AUTH_REGISTRATION = "closed"
    return door.register(email="new@example.com", password=ANOTHER)


@reaches("invalid_input")
def an_address_is_none(door: Door, stage: Stage) -> Outcome:
    return door.register(email="nobody", password=ANOTHER, first_name="x" * 151)


@reaches("invalid_input")
def a_new_password_is_poor(door: Door, stage: Stage) -> Outcome:
    return door.change_password(stage.access, current_password=PASSWORD, new_password="short")


@reaches("invalid_credentials")
def a_password_is_wrong(door: Door, stage: Stage) -> Outcome:
    return door.login(email=stage.user.email, password=WRONG)


@reaches("invalid_credentials")
def nobody_has_the_address(door: Door, stage: Stage) -> Outcome:
    return door.login(email="nobody@example.com", password=PASSWORD)


@reaches("invalid_credentials")
def no_password_opens_the_account(door: Door, stage: Stage) -> Outcome:
    return door.login(email=factories.make_user(password=None).email, password=PASSWORD)


@reaches("account_suspended")
def the_suspended_sign_in(door: Door, stage: Stage) -> Outcome:
    User.objects.update(is_active=False)
    return door.login(**stage.credentials)


@reaches("account_suspended")
def the_suspended_refresh(door: Door, stage: Stage) -> Outcome:
    User.objects.update(is_active=False)
    return door.refresh(refresh=stage.tokens.refresh)


@reaches("account_suspended")
def the_suspended_call(door: Door, stage: Stage) -> Outcome:
    User.objects.update(is_active=False)
    return door.user(stage.access)


@reaches("too_many_attempts")
def a_password_was_wrong_too_often(door: Door, stage: Stage) -> Outcome:
    somebody = factories.make_user().email
    for _ in range(10):
        door.login(email=somebody, password=WRONG)
    return door.login(email=somebody, password=PASSWORD)


@reaches("too_many_attempts")
def a_current_password_was_wrong_too_often(door: Door, stage: Stage) -> Outcome:
    stage.settings.AUTH_LOGIN_LIMITS = "account=1/15m,address=100/15m"
    for _ in range(2):
        door.change_password(stage.access, current_password=WRONG, new_password=ANOTHER)
    return door.change_password(stage.access, current_password=PASSWORD, new_password=ANOTHER)


def refuse_as_busy(*_: Any, **__: Any) -> None:
    raise Busy(retry_after=1)


@reaches("busy")
def no_hash_slot_is_free_at_sign_in(door: Door, stage: Stage) -> Outcome:
    stage.monkeypatch.setattr(hashing, "slot", refuse_as_busy)
    return door.login(**stage.credentials)


@reaches("busy")
def no_hash_slot_is_free_at_registration(door: Door, stage: Stage) -> Outcome:
    stage.monkeypatch.setattr(hashing, "slot", refuse_as_busy)
    return door.register(email="new@example.com", password=ANOTHER)


@reaches("invalid_refresh_token")
def a_refresh_token_is_none(door: Door, stage: Stage) -> Outcome:
    return door.refresh(refresh=stage.access)


@reaches("invalid_refresh_token")
def a_refresh_token_was_altered(door: Door, stage: Stage) -> Outcome:
    return door.refresh(refresh=stage.tokens.refresh[:-4] + "AAAA")


@reaches("invalid_refresh_token")
def whoever_logs_out_shows_no_refresh_token(door: Door, stage: Stage) -> Outcome:
    return door.logout(refresh="a.b.c")


@reaches("refresh_token_reused")
def a_refresh_token_is_used_again_long_after(door: Door, stage: Stage) -> Outcome:
    door.refresh(refresh=stage.tokens.refresh)
    Session.objects.update(rotated_at=F("rotated_at") - timedelta(minutes=5))
    old = {"iat": claims_of(stage.tokens.refresh)["iat"] - 600}
    return door.refresh(refresh=resigned(stage.tokens.refresh, claims=old))


@reaches("session_revoked")
def a_token_outlives_its_session(door: Door, stage: Stage) -> Outcome:
    door.logout(stage.access)
    return door.user(stage.access)


@reaches("session_revoked")
def a_refresh_token_outlives_its_session(door: Door, stage: Stage) -> Outcome:
    door.end_session(stage.access, id=str(stage.session.pk))
    return door.refresh(refresh=stage.tokens.refresh)


@reaches("session_revoked")
def a_token_is_verified_after_the_password_changed_elsewhere(door: Door, stage: Stage) -> Outcome:
    other = factories.sign_in(stage.user)
    door.change_password(other.access, current_password=PASSWORD, new_password=ANOTHER)
    return door.verify(token=stage.access)


@reaches("token_invalid")
def a_token_is_padded(door: Door, stage: Stage) -> Outcome:
    return door.verify(token=f"{stage.access}==")


@reaches("token_invalid")
def a_caller_shows_no_token_of_ours(door: Door, stage: Stage) -> Outcome:
    return door.update("a.b.c", first_name="Ada")


@reaches("token_expired")
def a_token_has_run_out(door: Door, stage: Stage) -> Outcome:
    return door.verify(token=stage.expired_access)


@reaches("token_expired")
def whoever_logs_out_shows_a_token_that_has_run_out(door: Door, stage: Stage) -> Outcome:
    return door.logout(stage.expired_access)


@reaches("wrong_token_type")
def a_refresh_token_is_verified(door: Door, stage: Stage) -> Outcome:
    return door.verify(token=stage.tokens.refresh)


@reaches("wrong_token_type")
def a_caller_shows_a_refresh_token(door: Door, stage: Stage) -> Outcome:
    return door.sessions(stage.tokens.refresh)


@reaches("wrong_password")
def the_current_password_is_wrong(door: Door, stage: Stage) -> Outcome:
    return door.change_password(stage.access, current_password=WRONG, new_password=ANOTHER)


@reaches("not_authenticated")
def a_caller_shows_nothing(door: Door, stage: Stage) -> Outcome:
    return door.change_password(current_password="", new_password="")


@reaches("not_authenticated")
def whoever_logs_out_shows_nothing(door: Door, stage: Stage) -> Outcome:
    return door.logout()


@reaches("keys_unreadable")
def the_secret_was_lost_before_a_sign_in(door: Door, stage: Stage) -> Outcome:
    stage.settings.SECRET_KEY = "another" * 10
    memory.forget()
    return door.login(**stage.credentials)


@reaches("keys_unreadable")
def the_secret_was_lost_before_a_refresh(door: Door, stage: Stage) -> Outcome:
    refresh = stage.tokens.refresh
    stage.settings.SECRET_KEY = "another" * 10
    memory.forget()
    return door.refresh(refresh=refresh)


def fail(*_: Any) -> None:
    raise OperationalError("the host is db.internal")


@reaches("temporarily_unavailable")
def the_database_is_away_at_sign_in(door: Door, stage: Stage) -> Outcome:
    with connection.execute_wrapper(fail):
        return door.login(**stage.credentials)


@reaches("temporarily_unavailable")
def the_database_is_away_at_a_look(door: Door, stage: Stage) -> Outcome:
    with connection.execute_wrapper(fail):
        return door.user(stage.access)


@reaches("not_found")
def a_session_is_somebody_elses(door: Door, stage: Stage) -> Outcome:
    stranger = factories.sign_in(factories.make_user())
    return door.end_session(stranger.access, id=str(stage.session.pk))


@reaches("not_found")
def a_session_is_none(door: Door, stage: Stage) -> Outcome:
    return door.end_session(stage.access, id="nothing")


def promoted(stage: Stage) -> str:
    """The access token of whoever is on stage, who has become a superuser."""
    User.objects.filter(pk=stage.user.pk).update(is_staff=True, is_superuser=True)
    return stage.access


@reaches("permission_denied")
def whoever_is_no_staff_suspends(door: Door, stage: Stage) -> Outcome:
    return door.suspend(stage.access, id=str(factories.make_user().pk), reason="case 4711")


@reaches("permission_denied")
def whoever_is_no_staff_reinstates(door: Door, stage: Stage) -> Outcome:
    return door.reinstate(stage.access, id=str(factories.make_user().pk))


@reaches("permission_denied")
def somebody_suspends_themselves(door: Door, stage: Stage) -> Outcome:
    return door.suspend(promoted(stage), id=str(stage.user.pk), reason="case 4711")


@reaches("not_authenticated")
def whoever_suspends_shows_nothing(door: Door, stage: Stage) -> Outcome:
    return door.suspend(id=str(stage.user.pk), reason="case 4711")


@reaches("not_found")
def nobody_is_suspended(door: Door, stage: Stage) -> Outcome:
    return door.suspend(promoted(stage), id=str(UUID(int=1)), reason="case 4711")


@reaches("not_found")
def nobody_is_reinstated(door: Door, stage: Stage) -> Outcome:
    return door.reinstate(promoted(stage), id="nothing")


@reaches("invalid_input")
def a_suspension_would_be_over_already(door: Door, stage: Stage) -> Outcome:
    until = "2020-01-01T00:00:00Z"
    return door.suspend(promoted(stage), id=str(factories.make_user().pk), reason="case 4711", until=until)


@reaches("wrong_password")
def whoever_leaves_does_not_know_the_password(door: Door, stage: Stage) -> Outcome:
    return door.delete_me(stage.access, password=WRONG)


@reaches("too_many_attempts")
def whoever_leaves_was_wrong_too_often(door: Door, stage: Stage) -> Outcome:
    stage.settings.AUTH_LOGIN_LIMITS = "account=1/15m,address=100/15m"
    for _ in range(2):
        door.delete_me(stage.access, password=WRONG)
    return door.delete_me(stage.access, password=PASSWORD)


@reaches("busy")
def no_hash_slot_is_free_for_whoever_leaves(door: Door, stage: Stage) -> Outcome:
    stage.monkeypatch.setattr(hashing, "slot", refuse_as_busy)
    return door.delete_me(stage.access, password=PASSWORD)


@reaches("not_authenticated")
def whoever_leaves_shows_nothing(door: Door, stage: Stage) -> Outcome:
    return door.delete_me(password=PASSWORD)


@reaches("not_authenticated")
def whoever_deletes_somebody_shows_nothing(door: Door, stage: Stage) -> Outcome:
    return door.delete_user(id=str(stage.user.pk))


@reaches("permission_denied")
def whoever_is_no_staff_deletes_somebody(door: Door, stage: Stage) -> Outcome:
    return door.delete_user(stage.access, id=str(factories.make_user().pk))


@reaches("permission_denied")
def staff_deletes_themselves_without_a_password(door: Door, stage: Stage) -> Outcome:
    return door.delete_user(promoted(stage), id=str(stage.user.pk))


@reaches("not_found")
def nobody_is_deleted(door: Door, stage: Stage) -> Outcome:
    return door.delete_user(promoted(stage), id=str(UUID(int=1)))


@reaches("session_revoked")
def whoever_has_left_calls_once_more(door: Door, stage: Stage) -> Outcome:
    consumers.make(f"svc_{stage.user.pk}")  # so that they are still there
    door.delete_me(stage.access, password=PASSWORD)
    return door.user(stage.access)


@reaches("session_revoked")
def whoever_has_left_refreshes(door: Door, stage: Stage) -> Outcome:
    consumers.make(f"svc_{stage.user.pk}")
    door.delete_me(stage.access, password=PASSWORD)
    return door.refresh(refresh=stage.tokens.refresh)


@reaches("invalid_credentials")
def whoever_has_left_signs_in(door: Door, stage: Stage) -> Outcome:
    consumers.make(f"svc_{stage.user.pk}")
    door.delete_me(stage.access, password=PASSWORD)
    return door.login(**stage.credentials)


@reaches("email_taken")
def the_address_is_still_to_be_erased(door: Door, stage: Stage) -> Outcome:
    consumers.make(f"svc_{stage.user.pk}")
    door.delete_me(stage.access, password=PASSWORD)
    return door.register(email=stage.user.email, password=ANOTHER)


@reaches("csrf_failed")
def a_page_of_somebody_else_changes_something_by_cookie(door: Door, stage: Stage) -> Outcome:
    return door.update(InCookie(stage.access), first_name="Mallory")
