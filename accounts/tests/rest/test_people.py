"""`GET /users/{id}` and `POST /users/lookup`: who somebody is, for other services and for staff."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.models import User
from accounts.principals import Origin, System
from accounts.services.deleting import deletion
from accounts.tests.support import consumers, service_clients
from accounts.tests.support.factories import Bearer, MakeUser, SignIn, misspelt
from accounts.tests.support.refusals import assert_field_refused, assert_refused, assert_scope_demanded
from accounts.tests.support.staff import make_staff

pytestmark = pytest.mark.django_db

LOOKUP = "/users/lookup"


@pytest.fixture
def service(db: None) -> APIClient:
    """A service client that may read who people are."""
    return service_clients.caller("users:read")


def path_of(user_id: object) -> str:
    return f"/users/{user_id}"


def look_up(caller: APIClient, *ids: object) -> dict[str, Any]:
    answer = caller.post(LOOKUP, {"ids": [str(user_id) for user_id in ids]})
    assert answer.status_code == 200, answer.content
    assert answer.headers["Cache-Control"] == "no-store"
    body: dict[str, Any] = answer.json()
    assert list(body) == ["users", "deleted", "unknown"]
    return body


def delete(user: User) -> UUID:
    deletion.request(user.pk, actor=System("test"), origin=Origin())
    return user.pk


def delete_slowly(user: User) -> UUID:
    """Under way until somebody acknowledges it."""
    consumers.make(f"svc_{user.pk}")
    delete(user)
    assert User.objects.filter(pk=user.pk).exists()
    return user.pk


def test_a_service_learns_who_somebody_is_as_they_would_themselves_and_until_when(
    service: APIClient, signed_in: APIClient, user: User
) -> None:
    user.groups.set([Group.objects.create(name=name) for name in ("writers", "admins")])
    answer = service.get(path_of(user.pk))
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json() == signed_in.get("/auth/user").json() | {"expires_at": None}
    assert answer.json()["groups"] == ["admins", "writers"]
    assert service.head(path_of(user.pk)).status_code == 200


def test_the_suspended_are_told_as_suspended(service: APIClient, user: User) -> None:
    User.objects.update(is_active=False)
    assert service.get(path_of(user.pk)).json()["is_active"] is False
    assert [found["is_active"] for found in look_up(service, user.pk)["users"]] == [False]


def test_whoever_is_being_deleted_or_was_can_not_be_found(service: APIClient, make_user: MakeUser) -> None:
    for user_id in (uuid4(), delete(make_user()), delete_slowly(make_user())):
        assert_refused(service.get(path_of(user_id)), 404, "not_found")


def test_every_id_is_answered_once_in_the_order_of_asking(service: APIClient, make_user: MakeUser) -> None:
    ada, ben, eve = (make_user() for _ in range(3))
    ended, leaving, nobody, no_one = delete(make_user()), delete_slowly(make_user()), uuid4(), uuid4()
    asked = (nobody, eve.pk, leaving, ada.pk, eve.pk, ended, no_one, ben.pk, leaving, nobody)
    body = look_up(service, *asked)
    assert [found["id"] for found in body["users"]] == [str(user.pk) for user in (eve, ada, ben)]
    assert body["deleted"] == [str(leaving), str(ended)]
    assert body["unknown"] == [str(nobody), str(no_one)]
    assert body["users"][1] | {"expires_at": None} == service.get(path_of(ada.pk)).json()
    assert "expires_at" not in body["users"][1]


def test_groups_are_told_of_each_person_apart(service: APIClient, make_user: MakeUser) -> None:
    people = [make_user() for _ in range(3)]
    writers, admins = (Group.objects.create(name=name) for name in ("writers", "admins"))
    people[0].groups.set([writers, admins])
    people[2].groups.set([writers])
    found = look_up(service, *(user.pk for user in people))["users"]
    assert [user["groups"] for user in found] == [["admins", "writers"], [], ["writers"]]


def test_two_hundred_cost_as_many_queries_as_two(service: APIClient, make_user: MakeUser) -> None:
    people = [make_user(password=None) for _ in range(20)]
    costs = []
    for number, strangers in ((1, 1), (20, 180)):
        with CaptureQueriesContext(connection) as captured:
            body = look_up(service, *(user.pk for user in people[:number]), *(uuid4() for _ in range(strangers)))
        assert (len(body["users"]), len(body["unknown"])) == (number, strangers)
        costs.append(len(captured.captured_queries))
    assert costs[0] == costs[1]


@pytest.mark.parametrize(
    ("ids", "field", "code"),
    [
        ([], "ids", "min_length"),
        ([str(UUID(int=1))] * 201, "ids", "max_length"),
        (["x"] * 201, "ids", "max_length"),
        ("all", "ids", "not_a_list"),
        ({"0": str(UUID(int=1))}, "ids", "not_a_list"),
        (None, "ids", "null"),
        ([None], "ids.0", "null"),
        ([str(UUID(int=1)), 1], "ids.1", "invalid"),
        ([str(UUID(int=1)), [str(UUID(int=1))]], "ids.1", "invalid"),
        ([str(UUID(int=1)), "\x00"], "ids.1", "invalid"),
        *(([str(UUID(int=1)), other], "ids.1", "invalid") for other in misspelt(UUID(int=10))),
    ],
)
def test_a_list_that_does_not_fit_is_refused_by_the_place_of_what_is_wrong(
    service: APIClient, ids: Any, field: str, code: str
) -> None:
    assert_field_refused(service.post(LOOKUP, {"ids": ids}), field, code)


def test_of_many_that_do_not_fit_the_first_are_named(service: APIClient) -> None:
    errors = assert_refused(service.post(LOOKUP, {"ids": ["x"] * 200}), 400, "invalid_input")["errors"]
    assert [error["field"] for error in errors] == [f"ids.{number}" for number in range(20)]


def test_nothing_but_ids_is_taken(service: APIClient) -> None:
    assert_refused(service.post(LOOKUP, {}), 400, "invalid_input")
    emails = {"ids": [str(uuid4())], "emails": ["ada@example.com"]}
    assert_refused(service.post(LOOKUP, emails), 400, "unknown_field")
    assert_refused(service.get(LOOKUP), 405, "method_not_allowed")


@pytest.mark.parametrize("scope", ["users:read", "users:admin"])
def test_either_scope_is_enough(scope: str, user: User) -> None:
    caller = service_clients.caller(scope)
    assert caller.get(path_of(user.pk)).status_code == 200
    assert look_up(caller, user.pk)["users"]


@pytest.mark.parametrize("scopes", [(), ("notices:read", "tokens:introspect"), ("users:reading",)])
def test_a_service_without_the_scope_hears_which_and_nothing_of_who_exists(scopes: tuple[str, ...], user: User) -> None:
    caller = service_clients.caller(*scopes)
    for user_id in (user.pk, uuid4()):
        assert_scope_demanded(caller.get(path_of(user_id)), "users:read")
        assert_scope_demanded(caller.post(LOOKUP, {"ids": [str(user_id)]}), "users:read")


def test_a_token_that_asked_for_less_than_its_client_has_is_held_to_that(bearer: Bearer, user: User) -> None:
    made = service_clients.make("users:read", "notices:read")
    caller = bearer(service_clients.token_of(made, scope="notices:read"))
    assert_scope_demanded(caller.get(path_of(user.pk)), "users:read")


def test_staff_need_the_permission_and_others_learn_nothing(
    user: User, sign_in: SignIn, bearer: Bearer, api: APIClient
) -> None:
    clerk = bearer(sign_in(make_staff("accounts.view_user")).access)
    assert clerk.get(path_of(user.pk)).json()["email"] == user.email
    assert look_up(clerk, user.pk)["users"]
    for caller in (bearer(sign_in(user).access), bearer(sign_in(make_staff("accounts.change_user")).access)):
        for user_id in (user.pk, uuid4()):
            assert_refused(caller.get(path_of(user_id)), 403, "permission_denied")
            assert_refused(caller.post(LOOKUP, {"ids": [str(user_id)]}), 403, "permission_denied")
    assert_refused(api.get(path_of(user.pk)), 401, "not_authenticated")
    assert_refused(api.post(LOOKUP, {"ids": [str(user.pk)]}), 401, "not_authenticated")


def test_a_disabled_client_is_refused_at_once(bearer: Bearer, user: User) -> None:
    made = service_clients.make("users:read")
    caller = bearer(service_clients.token_of(made))
    assert caller.get(path_of(user.pk)).status_code == 200
    service_clients.disable(made.client)
    assert_refused(caller.get(path_of(user.pk)), 401, "client_disabled")
