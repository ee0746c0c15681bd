"""After a deletion, a search of the whole database finds nothing of the person."""

import re
from dataclasses import dataclass
from typing import Any, Final

import pytest
from django.contrib.auth.models import Group
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.models import AuditContext, AuditEvent, Deletion, MailKind, User
from accounts.principals import Origin, System
from accounts.services import mailing, suspension
from accounts.services.deleting import deletion, erasure
from accounts.tests.support import codes, consumers
from accounts.tests.support.dumping import dump
from accounts.tests.support.factories import PASSWORD, Bearer, MakeUser, SignIn

pytestmark = pytest.mark.django_db(transaction=True)

EMAIL: Final = "wilhelmina.quistgaard@example.com"
NEW: Final = "seven kites over helsinki"
PROFILE: Final = {"first_name": "Wilhelmina", "last_name": "Quistgaard", "phone_number": "+4930901820"}
RENAMED: Final = {"first_name": "Mina", "last_name": "Quistgaard-Ängström"}
AGENT: Final = "Quillbrowser/7"
ADDRESS: Final = "203.0.113.77"
REQUEST: Final = "kites-of-w.q"
NAMES: Final = ["wilhelmina", "quistgaard", "ngström", r"\bmina\b"]
TRACES: Final = [*NAMES, "0901820", AGENT.casefold(), re.escape(ADDRESS), re.escape(REQUEST)]
OPERATOR: Final = System("test")


def traces_in(text: str) -> list[str]:
    folded = text.casefold()
    return [trace for trace in TRACES if re.search(trace, folded)]


@dataclass
class Person:
    """Uses every door there is, from one address with one browser."""

    api: APIClient
    staff: APIClient

    def call(self, method: str, path: str, body: dict[str, Any] | None = None, token: str = "") -> Any:
        headers = {"REMOTE_ADDR": ADDRESS, "HTTP_USER_AGENT": AGENT, "HTTP_X_REQUEST_ID": REQUEST}
        if token:
            headers["HTTP_AUTHORIZATION"] = f"Bearer {token}"
        return getattr(self.api, method)(path, body, **headers)

    def log_in(self, password: str) -> dict[str, str]:
        answer = self.call("post", "/auth/login", {"email": EMAIL.upper(), "password": password})
        assert answer.status_code == 200
        tokens: dict[str, str] = answer.json()
        return tokens

    def live(self) -> User:
        """Whatever leaves a trace."""
        account = {"email": EMAIL, "password": PASSWORD, **PROFILE}
        assert self.call("post", "/auth/register", account).status_code == 201
        user = User.objects.get(email=EMAIL)
        for password in ("wrong", EMAIL):
            self.call("post", "/auth/login", {"email": EMAIL, "password": password})
        first, second = self.log_in(PASSWORD), self.log_in(PASSWORD)
        access = first["access"]
        self.call("post", "/auth/refresh", {"refresh": second["refresh"]})
        self.call("patch", "/auth/user", RENAMED, access)
        self.call("post", "/auth/password/change", {"current_password": EMAIL, "new_password": NEW}, access)
        self.call("post", "/auth/password/change", {"current_password": PASSWORD, "new_password": NEW}, access)
        self.call("post", "/auth/user/delete", {"password": EMAIL}, access)
        self.call("post", "/auth/logout", {"scope": "all"}, access)
        user.groups.add(Group.objects.create(name="writers"))
        reason = "Wilhelmina Quistgaard writes nonsense from wilhelmina.quistgaard@example.com"
        suspension.suspend(user.pk, reason=reason, actor=OPERATOR, origin=Origin(address=ADDRESS))
        self.call("post", "/auth/login", {"email": EMAIL, "password": NEW})
        suspension.reinstate(user.pk, actor=OPERATOR, origin=Origin(address=ADDRESS))
        mailing.enqueue(MailKind.RESET_PASSWORD, address=EMAIL)
        mailing.enqueue(MailKind.CONFIRM_NEW_EMAIL, address=f"new.{EMAIL}", user_id=user.pk)
        assert codes.mailed(MailKind.RESET_PASSWORD)
        return user


@pytest.fixture
def person(api: APIClient, make_user: MakeUser, sign_in: SignIn, bearer: Bearer) -> Person:
    return Person(api, bearer(sign_in(make_user(is_staff=True, is_superuser=True)).access))


def test_the_search_finds_whoever_is_there(person: Person) -> None:
    person.live()
    assert traces_in(dump()) == TRACES


@pytest.mark.parametrize("by", ["themselves", "staff", "force"])
def test_nothing_of_the_person_is_left(person: Person, by: str, settings: Settings) -> None:
    user = person.live()
    orders = consumers.make()
    tokens = person.log_in(NEW)
    match by:
        case "themselves":
            person.call("post", "/auth/user/delete", {"password": NEW}, tokens["access"])
        case _:
            assert person.staff.delete(f"/users/{user.pk}").status_code == 202
    assert Deletion.objects.get().completed_at is None
    assert traces_in(dump()) == TRACES  # all is there until nobody is awaited
    assert person.call("post", "/auth/login", {"email": EMAIL, "password": NEW}).status_code == 401
    assert person.call("get", "/auth/user", token=tokens["access"]).status_code == 401
    if by == "force":
        person.staff.post(f"/users/{user.pk}/deletion/force", {"reason": "its database is gone"})
    else:
        consumers.catch_up(orders)
        erasure.advance_deletions()
    assert Deletion.objects.get().completed_at is not None
    assert traces_in(dump()) == []
    assert str(user.pk) in dump() or user.pk.hex in dump()  # the receipt and the audit, by id


def test_the_address_is_free_for_somebody_else(person: Person) -> None:
    old = person.live()
    deletion.request(old.pk, actor=OPERATOR, origin=Origin())
    account = {"email": EMAIL, "password": PASSWORD}
    new = person.call("post", "/auth/register", account).json()
    assert (new["id"] != str(old.pk), new["first_name"], new["phone_number"], new["groups"]) == (True, "", "", [])
    access = person.log_in(PASSWORD)["access"]
    assert len(person.call("get", "/auth/sessions", token=access).json()["results"]) == 1
    assert not AuditContext.objects.filter(subject=old.pk).exists()
    assert not AuditEvent.objects.filter(subject=new["id"], type="user.deleted").exists()
