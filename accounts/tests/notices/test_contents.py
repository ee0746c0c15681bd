"""Nothing personal stands in the log: ids, versions and codes, and of each type what this list has and no more."""

import ast
import json
from datetime import timedelta
from typing import Final
from uuid import UUID

import pytest
from django.utils import timezone

from accounts.models import Notice, NoticeType, User
from accounts.principals import Origin, System, UserPrincipal
from accounts.services import groups, invalidation, memberships, password_change, profile, suspension
from accounts.services.deleting import deletion
from accounts.services.reconciliation import SuspensionReconciliation
from accounts.tests.architecture.sources import modules
from accounts.tests.support import notice_log
from accounts.tests.support.factories import PASSWORD, MakeUser, SignIn
from accounts.tests.support.forging import claims_of

ALLOWED: Final = {
    NoticeType.USER_UPDATED: {"version"},
    NoticeType.USER_SUSPENDED: {"version", "until"},
    NoticeType.USER_REINSTATED: {"version"},
    NoticeType.USER_DELETED: {"version"},
    NoticeType.SESSIONS_REVOKED: {"session_ids"},
    NoticeType.GROUP_CHANGED: {"name", "new_name"},  # the group's, by which tokens and mirrored users know it
    NoticeType.CLIENT_CHANGED: {"sid"},  # of the tokens that died
    NoticeType.KEYS_CHANGED: {"stage"},
}
OF_PEOPLE: Final = set(ALLOWED) - {NoticeType.KEYS_CHANGED, NoticeType.CLIENT_CHANGED}
PERSONAL: Final = {
    "email": "grace.hopper@navy.example",
    "first_name": "Gracewell",
    "last_name": "Hopperton",
    "phone_number": "+493012345678",
}
OPERATOR: Final = System("test")
ORIGIN: Final = Origin(address="192.0.2.77", user_agent="curl of Hopperton", request_id="request-77")
REASON: Final = "Gracewell lent out her password"


def appending_calls() -> list[ast.Call]:
    """Everywhere but in tests."""
    return [
        node
        for module in modules()
        if not module.is_test
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "log.append"
    ]


def test_whoever_appends_names_the_type_and_what_it_may_bear() -> None:
    calls = appending_calls()
    assert len(calls) >= len(OF_PEOPLE)
    for call in calls:
        notice_type = NoticeType[ast.unparse(call.args[0]).removeprefix("NoticeType.")]
        assert {keyword.arg for keyword in call.keywords} == ALLOWED[notice_type], ast.unparse(call)


@pytest.fixture
def person(make_user: MakeUser) -> User:
    return make_user(**PERSONAL)


def happens_to(person: User, sign_in: SignIn) -> None:
    """All that anybody can do to somebody, once."""
    access = sign_in(person).access
    actor = UserPrincipal(user_id=person.pk, session_id=UUID(claims_of(access)["sid"]))
    profile.update({"first_name": "Augusta Gracewell"}, actor=actor, origin=ORIGIN)
    new = "seven kites over helsinki"
    sign_in(person)
    password_change.change_password(current_password=PASSWORD, new_password=new, actor=actor, origin=ORIGIN)
    groups.create("editors", actor=OPERATOR, origin=ORIGIN)
    memberships.assign(person.pk, ["editors"], actor=OPERATOR, origin=ORIGIN)
    groups.rename("editors", new_name="writers", actor=OPERATOR, origin=ORIGIN)
    groups.delete("writers", actor=OPERATOR, origin=ORIGIN)
    until = timezone.now() + timedelta(days=1)
    suspension.suspend(person.pk, reason=REASON, until=until, actor=OPERATOR, origin=ORIGIN)
    suspension.reinstate(person.pk, actor=OPERATOR, origin=ORIGIN)
    User.objects.filter(pk=person.pk).update(is_active=False)
    SuspensionReconciliation().reconcile_suspensions()
    suspension.reinstate(person.pk, actor=OPERATOR, origin=ORIGIN)
    sign_in(person, new)
    invalidation.invalidate_all_tokens(actor=OPERATOR)
    deletion.request(person.pk, actor=OPERATOR, origin=ORIGIN)


@pytest.mark.django_db
def test_nothing_personal_is_in_any_notice_of_whatever_happens_to_somebody(person: User, sign_in: SignIn) -> None:
    happens_to(person, sign_in)
    notice_log.number_all()
    rows = list(Notice.objects.values("type", "subject", "data"))
    assert {row["type"] for row in rows} == {str(notice_type) for notice_type in OF_PEOPLE}
    for row in rows:
        assert set(row["data"]) == ALLOWED[NoticeType(row["type"])]
    told = json.dumps(rows).lower()
    words = {*PERSONAL.values(), "gracewell", "hopper", "12345678", "192.0.2", "curl", "request-77", "password"}
    assert [word for word in words if word.lower() in told] == []
