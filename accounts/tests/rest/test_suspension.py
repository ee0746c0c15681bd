"""`POST /users/{id}/suspend`, `POST /users/{id}/reinstate` and `GET /users/{id}/suspensions`."""

from uuid import UUID

import pytest
from django.db.models import F
from rest_framework.test import APIClient

from accounts.models import Suspension, User
from accounts.tests.support.factories import Bearer, MakeUser, SignIn
from accounts.tests.support.refusals import assert_field_refused, assert_refused
from accounts.tests.support.staff import make_staff, make_superuser

pytestmark = pytest.mark.django_db

GIVEN = {"reason": "case 4711"}
CALLS = [("post", "suspend", GIVEN), ("post", "reinstate", None), ("get", "suspensions", None)]
UNTIL = "2100-01-02T03:04:05.678901Z"


@pytest.fixture
def clerk(sign_in: SignIn, bearer: Bearer) -> APIClient:
    """A client of somebody who may suspend and look, and no more."""
    return bearer(sign_in(make_staff("accounts.change_user", "accounts.view_user")).access)


def test_staff_suspend_and_reinstate(user: User, clerk: APIClient, api: APIClient, password: str) -> None:
    credentials = {"email": user.email, "password": password}
    suspended = clerk.post(f"/users/{user.pk}/suspend", GIVEN)
    assert suspended.status_code == 200
    assert (suspended.json()["id"], suspended.json()["is_active"]) == (str(user.pk), False)
    assert_refused(api.post("/auth/login", credentials), 403, "account_suspended")
    reinstated = clerk.post(f"/users/{user.pk}/reinstate")
    assert reinstated.status_code == 200
    assert reinstated.json()["is_active"] is True
    assert reinstated.json()["version"] == suspended.json()["version"] + 1
    assert api.post("/auth/login", credentials).status_code == 200


def test_nobody_is_reinstated_whose_account_is_over(user: User, clerk: APIClient) -> None:
    clerk.post(f"/users/{user.pk}/suspend", GIVEN)
    User.objects.filter(pk=user.pk).update(expires_at=F("date_joined"))
    assert_field_refused(clerk.post(f"/users/{user.pk}/reinstate"), "expires_at", "over")


@pytest.mark.django_db(transaction=True)
def test_a_token_is_refused_as_soon_as_the_answer_is_there(
    user: User, clerk: APIClient, api: APIClient, sign_in: SignIn
) -> None:
    access = sign_in(user).access
    assert api.post("/auth/verify", {"token": access}).status_code == 200
    assert clerk.post(f"/users/{user.pk}/suspend", GIVEN).status_code == 200
    assert_refused(api.post("/auth/verify", {"token": access}), 401, "account_suspended")
    assert clerk.post(f"/users/{user.pk}/reinstate").status_code == 200
    assert_refused(api.post("/auth/verify", {"token": access}), 401, "session_revoked")


def test_the_history_tells_who_why_and_how_long(user: User, clerk: APIClient) -> None:
    clerk.post(f"/users/{user.pk}/suspend", GIVEN)
    clerk.post(f"/users/{user.pk}/suspend", {"reason": " until spring ", "until": UNTIL})
    listed = clerk.get(f"/users/{user.pk}/suspensions").json()
    assert (listed["next"], listed["previous"]) == (None, None)
    new, old = listed["results"]
    assert set(new) == {"id", "reason", "actor", "created_at", "until", "lifted_at", "lifted_by"}
    assert (new["reason"], new["until"], new["lifted_at"], new["lifted_by"]) == ("until spring", UNTIL, None, "")
    assert (old["reason"], old["until"], old["lifted_by"]) == ("case 4711", None, new["actor"])
    assert User.objects.get(pk=new["actor"]).is_staff


def test_the_history_is_read_in_pages(user: User, clerk: APIClient) -> None:
    for number in range(3):
        clerk.post(f"/users/{user.pk}/suspend", {"reason": str(number)})
    page = clerk.get(f"/users/{user.pk}/suspensions?limit=2").json()
    rest = clerk.get(page["next"]).json()
    assert [row["reason"] for row in (*page["results"], *rest["results"])] == ["2", "1", "0"]
    assert rest["next"] is None
    assert_field_refused(clerk.get(f"/users/{user.pk}/suspensions?limit=201"), "limit", "invalid")


def test_the_history_is_the_users_own(user: User, make_user: MakeUser, clerk: APIClient) -> None:
    clerk.post(f"/users/{user.pk}/suspend", GIVEN)
    assert clerk.get(f"/users/{make_user().pk}/suspensions").json()["results"] == []


@pytest.mark.parametrize("body", [None, {}])
def test_reinstating_needs_no_body_and_may_be_repeated(user: User, clerk: APIClient, body: dict[str, str]) -> None:
    for _ in range(2):
        assert clerk.post(f"/users/{user.pk}/reinstate", body).json()["is_active"] is True
    assert_refused(clerk.post(f"/users/{user.pk}/reinstate", {"reason": "x"}), 400, "unknown_field")


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({}, "reason", "required"),
        ({"reason": ""}, "reason", "blank"),
        ({"reason": "  "}, "reason", "blank"),
        ({"reason": None}, "reason", "null"),
        ({"reason": "x" * 501}, "reason", "max_length"),
        ({"reason": 4711}, "reason", "invalid"),
        ({"reason": "a\nb"}, "reason", "control_characters"),
        (GIVEN | {"until": "2020-01-01T00:00:00Z"}, "until", "not_to_come"),
        (GIVEN | {"until": "2100-01-01T00:00:00"}, "until", "no_offset"),
        (GIVEN | {"until": "in spring"}, "until", "invalid"),
    ],
)
def test_what_does_not_fit_is_named(
    user: User, clerk: APIClient, body: dict[str, object], field: str, code: str
) -> None:
    assert_field_refused(clerk.post(f"/users/{user.pk}/suspend", body), field, code)
    assert not Suspension.objects.exists()


@pytest.mark.parametrize(("method", "path", "body"), CALLS)
def test_each_is_for_staff_with_the_permission(
    user: User, api: APIClient, sign_in: SignIn, bearer: Bearer, method: str, path: str, body: dict[str, str] | None
) -> None:
    at = f"/users/{user.pk}/{path}"
    assert_refused(getattr(api, method)(at, body), 401, "not_authenticated")
    for caller in (user, make_staff(), make_staff("accounts.delete_user")):
        refused = getattr(bearer(sign_in(caller).access), method)(at, body)
        assert "staff" in assert_refused(refused, 403, "permission_denied")["detail"] or caller.is_staff
    assert not Suspension.objects.exists()


@pytest.mark.parametrize(("method", "path", "body"), CALLS)
def test_nobody_is_found(clerk: APIClient, method: str, path: str, body: dict[str, str] | None) -> None:
    for name in (UUID(int=1), "nobody", "1"):
        assert_refused(getattr(clerk, method)(f"/users/{name}/{path}", body), 404, "not_found")


def test_only_a_superuser_suspends_a_superuser_and_nobody_themselves(
    clerk: APIClient, sign_in: SignIn, bearer: Bearer
) -> None:
    root, other = make_superuser(), make_superuser()
    as_root = bearer(sign_in(root).access)
    assert_refused(clerk.post(f"/users/{root.pk}/suspend", GIVEN), 403, "permission_denied")
    assert_refused(as_root.post(f"/users/{root.pk}/suspend", GIVEN), 403, "permission_denied")
    assert as_root.post(f"/users/{other.pk}/suspend", GIVEN).status_code == 200
    assert_refused(clerk.post(f"/users/{other.pk}/reinstate"), 403, "permission_denied")
