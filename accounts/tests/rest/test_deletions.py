"""`POST /auth/user/delete`, `DELETE /users/{id}`, and what tells and ends a deletion."""

from uuid import uuid4

import pytest
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.models import Deletion, User
from accounts.tests.support import consumers
from accounts.tests.support.factories import PASSWORD, Bearer, MakeUser, SignIn
from accounts.tests.support.refusals import assert_field_refused, assert_refused

pytestmark = pytest.mark.django_db

OWN = "/auth/user/delete"


@pytest.fixture
def staff(make_user: MakeUser, sign_in: SignIn, bearer: Bearer) -> APIClient:
    """A superuser's client."""
    return bearer(sign_in(make_user(is_staff=True, is_superuser=True)).access)


@pytest.fixture
def paths(user: User) -> dict[str, str]:
    """What is for staff alone, by its method, about `user`."""
    person = f"/users/{user.pk}"
    return {"delete": person, "get": f"{person}/deletion", "post": f"{person}/deletion/force"}


def test_an_account_without_consumers_is_gone_with_the_answer(signed_in: APIClient, user: User) -> None:
    answer = signed_in.post(OWN, {"password": PASSWORD})
    assert answer.status_code == 202
    body = answer.json()
    assert set(body) == {"id", "user_id", "requested_at", "begins_at", "completed_at"}
    assert body["user_id"] == str(user.pk)
    assert body["completed_at"] is not None
    assert not User.objects.exists()
    assert_refused(signed_in.get("/auth/user"), 401, "session_revoked")


def test_one_that_a_service_holds_data_of_waits_for_it(signed_in: APIClient, user: User) -> None:
    consumers.make()
    assert signed_in.post(OWN, {"password": PASSWORD}).json()["completed_at"] is None
    assert User.objects.exists()
    assert_refused(signed_in.get("/auth/user"), 401, "session_revoked")


@pytest.mark.parametrize("body", [{}, {"password": ""}, {"password": None}, {"password": 1}])
def test_without_a_password_nothing_is_deleted(signed_in: APIClient, body: dict[str, object]) -> None:
    assert_refused(signed_in.post(OWN, body), 400, "invalid_input")
    assert User.objects.present().exists()


def test_a_wrong_password_is_403_and_counts(signed_in: APIClient, settings: Settings) -> None:
    settings.AUTH_LOGIN_LIMITS = "account=1/15m,address=2/15m"
    for _ in range(2):
        assert_refused(signed_in.post(OWN, {"password": "wrong"}), 403, "wrong_password")
    assert_refused(signed_in.post(OWN, {"password": PASSWORD}), 429, "too_many_attempts")
    assert User.objects.present().exists()


def test_without_a_token_nobody_is_deleted(api: APIClient, paths: dict[str, str]) -> None:
    assert_refused(api.post(OWN, {"password": PASSWORD}), 401, "not_authenticated")
    for method, path in paths.items():
        assert_refused(getattr(api, method)(path, {"reason": "late"}), 401, "not_authenticated")
    assert User.objects.present().exists()


def test_what_is_for_staff_is_for_nobody_else(
    paths: dict[str, str], make_user: MakeUser, sign_in: SignIn, bearer: Bearer
) -> None:
    for caller in (make_user(), make_user(is_staff=True)):  # one without the permission
        client = bearer(sign_in(caller).access)
        for method, path in paths.items():
            assert_refused(getattr(client, method)(path, {"reason": "late"}), 403, "permission_denied")
    assert User.objects.present().count() == 3


def test_staff_deletes_asks_and_does_not_wait(staff: APIClient, paths: dict[str, str], user: User) -> None:
    consumers.make()
    for _ in range(2):  # the second is answered with the first
        assert staff.delete(paths["delete"]).status_code == 202
    report = staff.get(paths["get"]).json()
    assert (report["user_id"], report["completed_at"], report["forced_by"]) == (str(user.pk), None, "")
    owed = {"client_id": "svc_orders", "state": "pending", "acknowledged_at": None, "overdue": False}
    assert report["consumers"] == [owed]
    forced = staff.post(paths["post"], {"reason": "its database is gone"})
    assert forced.status_code == 200
    assert forced.json()["completed_at"] is not None
    receipt = staff.get(paths["get"]).json()
    assert receipt == forced.json()
    assert receipt["forced_reason"] == "its database is gone"
    assert receipt["forced_by"] == receipt["requested_by"] != ""
    assert not User.objects.filter(pk=user.pk).exists()


def test_whom_nobody_knows_can_not_be_found(staff: APIClient, paths: dict[str, str], user: User) -> None:
    for method, path in paths.items():
        nobody = path.replace(str(user.pk), str(uuid4()))
        assert_refused(getattr(staff, method)(nobody, {"reason": "late"}), 404, "not_found")
    for method in ("get", "post"):  # no deletion of theirs
        assert_refused(getattr(staff, method)(paths[method], {"reason": "late"}), 404, "not_found")
    assert not Deletion.objects.exists()


def test_staff_does_not_delete_themselves_without_a_password(
    make_user: MakeUser, sign_in: SignIn, bearer: Bearer
) -> None:
    root = make_user(is_staff=True, is_superuser=True)
    answer = bearer(sign_in(root).access).delete(f"/users/{root.pk}")
    assert OWN in assert_refused(answer, 403, "permission_denied")["detail"]


@pytest.mark.parametrize(
    ("reason", "code"),
    [("", "blank"), (" ", "blank"), ("x" * 501, "max_length"), ("a\0b", "control_characters"), ("Ada", "personal")],
)
def test_a_reason_that_does_not_fit_is_refused_by_name(
    staff: APIClient, paths: dict[str, str], user: User, reason: str, code: str
) -> None:
    User.objects.filter(pk=user.pk).update(first_name="Ada")
    consumers.make()
    staff.delete(paths["delete"])
    assert_field_refused(staff.post(paths["post"], {"reason": reason}), "reason", code)
    assert Deletion.objects.get().completed_at is None


def test_what_is_said_of_a_wrong_password_fits_whoever_leaves(signed_in: APIClient) -> None:
    detail = assert_refused(signed_in.post(OWN, {"password": "wrong"}), 403, "wrong_password")["detail"]
    assert "password" in detail
    assert "current" not in detail  # there is no new one


def test_an_address_is_taken_in_the_same_words_until_nothing_is_left_of_it(
    api: APIClient, staff: APIClient, user: User, paths: dict[str, str]
) -> None:
    anew = {"email": user.email, "password": "seven kites over helsinki"}
    before = assert_refused(api.post("/auth/register", anew), 409, "email_taken")["detail"]
    consumers.make()
    staff.delete(paths["delete"])
    after = assert_refused(api.post("/auth/register", anew), 409, "email_taken")["detail"]
    assert before == after
    assert "still being deleted" in after
    staff.post(paths["post"], {"reason": "its database is gone"})
    assert api.post("/auth/register", anew).status_code == 201
