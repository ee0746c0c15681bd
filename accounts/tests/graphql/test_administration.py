"""`adminSuspendUser` and `adminReinstateUser`."""

import pytest

from accounts.models import Suspension, User
from accounts.tests.graphql.asking import Answer, ask
from accounts.tests.support.factories import SignIn, misspelt
from accounts.tests.support.staff import make_staff

pytestmark = pytest.mark.django_db

SUSPEND = "mutation ($input: AdminSuspendUserInput!) { adminSuspendUser(input: $input) { user { id isActive } } }"
REINSTATE = "mutation ($input: AdminReinstateUserInput!) { adminReinstateUser(input: $input) { user { id isActive } } }"


@pytest.fixture
def clerk(sign_in: SignIn) -> str:
    """The token of somebody who may."""
    return sign_in(make_staff("accounts.change_user")).access


def suspend(user: User, token: str, **given: object) -> Answer:
    return ask(SUSPEND, {"input": {"id": str(user.pk), "reason": "case 4711"} | given}, token=token)


def reinstate(user: User, token: str) -> Answer:
    return ask(REINSTATE, {"input": {"id": str(user.pk)}}, token=token)


def test_staff_suspend_and_reinstate(user: User, clerk: str) -> None:
    answer = suspend(user, clerk, until="2100-01-02T03:04:05Z").data["adminSuspendUser"]
    assert answer == {"user": {"id": str(user.pk), "isActive": False}}
    opened = Suspension.objects.get()
    assert opened.until is not None
    assert (opened.reason, opened.until.year) == ("case 4711", 2100)
    assert reinstate(user, clerk).data["adminReinstateUser"]["user"]["isActive"] is True


def test_each_is_for_staff_with_the_permission(user: User, sign_in: SignIn) -> None:
    for act in (suspend, reinstate):
        assert act(user, "").code == "not_authenticated"
        for caller in (user, make_staff("accounts.view_user")):
            assert act(user, sign_in(caller).access).code == "permission_denied"
    assert not Suspension.objects.exists()


@pytest.mark.parametrize("nobody", ["00000000-0000-0000-0000-000000000001", "nobody", ""])
def test_nobody_is_found(user: User, clerk: str, nobody: str) -> None:
    assert suspend(user, clerk, id=nobody).code == "not_found"
    assert ask(REINSTATE, {"input": {"id": nobody}}, token=clerk).code == "not_found"


def test_a_reason_is_needed(user: User, clerk: str) -> None:
    assert suspend(user, clerk, reason="").code == "invalid_input"
    assert ask(SUSPEND, {"input": {"id": str(user.pk)}}, token=clerk).code == "graphql_validation_failed"


def test_what_is_said_of_a_person_is_in_no_error(user: User, clerk: str) -> None:
    answer = suspend(user, clerk, reason="lent her password\n", until="when it is spring")
    assert answer.code == "graphql_validation_failed"
    assert "spring" not in str(answer.body) + str(suspend(user, clerk, reason="in\nspring").body)


def test_an_id_has_one_spelling(user: User, clerk: str) -> None:
    for each in misspelt(user.pk):
        assert suspend(user, clerk, id=each).code == "not_found"
        assert ask(REINSTATE, {"input": {"id": each}}, token=clerk).code == "not_found"
    assert not Suspension.objects.exists()
