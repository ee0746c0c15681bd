"""An id is a name and has one spelling, whatever else can be read as the same number."""

from collections.abc import Callable
from typing import Final

import pytest

from accounts.models import Session, Suspension, User
from accounts.tests.parity.cases import Stage, promoted
from accounts.tests.parity.doors import Door, Outcome
from accounts.tests.support import factories
from accounts.tests.support.forging import claims_of

pytestmark = pytest.mark.django_db

Call = Callable[[Door, str, str], Outcome]

ABOUT_PEOPLE: Final[dict[str, Call]] = {
    "suspend": lambda door, access, user_id: door.suspend(access, id=user_id, reason="case 4711"),
    "reinstate": lambda door, access, user_id: door.reinstate(access, id=user_id),
    "look": lambda door, access, user_id: door.person(access, id=user_id),
    "change": lambda door, access, user_id: door.change(access, id=user_id, first_name="Ada"),
    "delete": lambda door, access, user_id: door.delete_user(access, id=user_id),
}


@pytest.mark.parametrize("call", ABOUT_PEOPLE.values(), ids=ABOUT_PEOPLE.keys())
def test_nobody_is_found_under_another_spelling(door: Door, stage: Stage, call: Call) -> None:
    access, somebody = promoted(stage), factories.make_user(is_active=False)
    outcomes = [call(door, access, each) for each in factories.misspelt(somebody.pk)]
    assert {(outcome.code, outcome.detail) for outcome in outcomes} == {("not_found", outcomes[0].detail)}
    assert User.objects.present().get(pk=somebody.pk).version == somebody.version
    assert not Suspension.objects.exists()
    assert not call(door, access, str(somebody.pk)).code


def test_no_session_ends_under_another_spelling(door: Door, stage: Stage) -> None:
    other = claims_of(factories.sign_in(stage.user).access)["sid"]
    assert {door.end_session(stage.access, id=each).code for each in factories.misspelt(other)} == {"not_found"}
    assert Session.objects.unrevoked().filter(pk=other).exists()
    assert not door.end_session(stage.access, id=other).code
