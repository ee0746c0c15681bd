"""`/clients`, and the secrets below: for staff with the permission, and for service clients with `users:admin`."""

import re
from typing import Any
from uuid import UUID, uuid4

import pytest
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.models import AuditContext, AuditEvent, ClientSecret, Notice, ServiceClient
from accounts.models.clients import make_client_id
from accounts.services.clients.clients import NewSecret
from accounts.tests.support import service_clients
from accounts.tests.support.factories import Bearer, MakeUser, SignIn
from accounts.tests.support.refusals import assert_field_refused, assert_refused, assert_scope_demanded
from accounts.tests.support.staff import make_staff, make_superuser

pytestmark = pytest.mark.django_db

GIVEN = {"name": "Orders", "scopes": ["users:read", "orders:write"], "holds_personal_data": True}
SHOWN = ["id", "name", "scopes", "holds_personal_data", "is_active", "created_at", "secrets"]
CALLS = [
    ("get", "/clients", None),
    ("post", "/clients", {"name": "Orders"}),
    ("get", "/clients/{id}", None),
    ("patch", "/clients/{id}", {"name": "Mine"}),
    ("delete", "/clients/{id}", None),
    ("post", "/clients/{id}/secrets", None),
    ("delete", "/clients/{id}/secrets/{secret}", None),
]
OF_ONE = [call for call in CALLS if "{id}" in call[1]]


@pytest.fixture
def root(sign_in: SignIn, bearer: Bearer) -> APIClient:
    """Acts for a superuser."""
    return bearer(sign_in(make_superuser()).access)


@pytest.fixture
def made() -> NewSecret:
    return service_clients.make("users:read")


def path_of(made: NewSecret) -> str:
    return f"/clients/{made.client.pk}"


def signs_in(client_id: str, secret: str, scope: str = "") -> bool:
    body = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret, "scope": scope}
    answer = APIClient().post("/auth/token", {name: value for name, value in body.items() if value})
    assert answer.status_code in {200, 401}
    return answer.status_code == 200


def state() -> list[Any]:
    return [*ServiceClient.objects.order_by("pk").values(), *ClientSecret.objects.order_by("pk").values()]


def test_a_client_is_made_and_its_secret_is_shown_once(root: APIClient) -> None:
    answer = root.post("/clients", GIVEN)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (201, "no-store")
    body = answer.json()
    assert list(body) == [*SHOWN, "secret"]
    secret = body.pop("secret")
    assert re.fullmatch(r"svc_[a-z2-7]{24}", body["id"])
    assert (body["name"], body["scopes"]) == ("Orders", ["orders:write", "users:read"])
    assert (body["holds_personal_data"], body["is_active"]) == (True, True)
    (known,) = body["secrets"]
    assert known == {
        "id": str(ClientSecret.objects.get().pk),
        "created_at": known["created_at"],
        "last_used_at": None,
        "under_present_key": True,
    }
    assert signs_in(body["id"], secret)
    for later in (root.get(f"/clients/{body['id']}"), root.get("/clients"), root.patch(f"/clients/{body['id']}", {})):
        assert secret not in later.content.decode()
        assert "digest" not in later.content.decode()
        assert later.headers["Cache-Control"] == "no-store"


def test_a_name_is_enough(root: APIClient) -> None:
    body = root.post("/clients", {"name": "  Orders "}).json()
    assert (body["name"], body["scopes"], body["holds_personal_data"]) == ("Orders", [], False)


def test_the_audit_says_who_from_where_and_nothing_secret(root: APIClient) -> None:
    client = root.post("/clients", GIVEN).json()
    added = root.post(f"/clients/{client['id']}/secrets").json()
    root.patch(f"/clients/{client['id']}", {"is_active": False})
    events = list(AuditEvent.objects.filter(type__startswith="client.").order_by("pk"))
    assert [event.type for event in events] == ["client.created", "client.secret_added", "client.changed"]
    assert all(UUID(event.actor) and event.context.request_id for event in events)
    assert {event.data["client"] for event in events} == {client["id"]}
    assert AuditContext.objects.filter(event=events[0], address="127.0.0.1").exists()
    rows = f"{[*AuditEvent.objects.values(), *Notice.objects.values(), *AuditContext.objects.values()]}"
    assert client["secret"] not in rows
    assert added["secret"] not in rows


def test_one_is_shown_with_what_is_known_of_its_secrets(root: APIClient, made: NewSecret, settings: Settings) -> None:
    service_clients.token_of(made)
    shown = root.get(path_of(made)).json()
    assert list(shown) == SHOWN
    assert shown["secrets"][0]["last_used_at"] is not None
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another" * 10, [settings.SECRET_KEY]
    assert root.get(path_of(made)).json()["secrets"][0]["under_present_key"] is False
    service_clients.token_of(made)
    assert root.get(path_of(made)).json()["secrets"][0]["under_present_key"] is True


def test_all_are_listed_in_pages_newest_first(root: APIClient) -> None:
    ids = [service_clients.make(name=str(number)).client.pk for number in range(3)]
    ServiceClient.objects.update(created_at="2030-01-01T00:00:00Z")
    page = root.get("/clients?limit=2").json()
    rest = root.get(page["next"]).json()
    assert [row["id"] for row in (*page["results"], *rest["results"])] == sorted(ids, reverse=True)
    assert set(page) == {"results", "next", "previous"}
    assert rest["next"] is None
    assert list(page["results"][0]) == SHOWN
    for query, field in (("limit=0", "limit"), ("cursor=nonsense", "cursor")):
        assert_field_refused(root.get(f"/clients?{query}"), field, "invalid")


def test_what_is_sent_is_changed_and_the_rest_stays(root: APIClient, made: NewSecret) -> None:
    changed = root.patch(path_of(made), {"name": "Renamed"})
    assert (changed.status_code, changed.json()["name"], changed.json()["scopes"]) == (200, "Renamed", ["users:read"])
    wider = root.patch(path_of(made), {"scopes": ["b", "a", "b"], "holds_personal_data": True}).json()
    assert (wider["name"], wider["scopes"], wider["holds_personal_data"]) == ("Renamed", ["a", "b"], True)
    assert [secret["id"] for secret in wider["secrets"]] == [str(made.row.pk)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"is_active": False}, "client_disabled"),
        ({"scopes": []}, "session_revoked"),
        ({"end_tokens": True}, "session_revoked"),
        ({"end_tokens": False, "name": "x"}, ""),
        ({"scopes": ["notices:read", "users:read"]}, ""),
    ],
)
def test_a_token_is_refused_as_soon_as_the_answer_is_there(
    root: APIClient, api: APIClient, made: NewSecret, body: dict[str, Any], code: str
) -> None:
    token = service_clients.token_of(made)
    assert api.post("/auth/verify", {"token": token}).json()["user"] is None
    answer = root.patch(path_of(made), body)
    assert (answer.status_code, list(answer.json())) == (200, SHOWN)
    verdict = api.post("/auth/verify", {"token": token})
    if code:
        assert_refused(verdict, 401, code)
    else:
        assert verdict.status_code == 200


def test_a_removed_client_is_gone(root: APIClient, api: APIClient, made: NewSecret) -> None:
    token, path = service_clients.token_of(made), path_of(made)
    answer = root.delete(path)
    assert (answer.status_code, answer.content) == (204, b"")
    assert_refused(root.get(path), 404, "not_found")
    assert_refused(root.delete(path), 404, "not_found")
    assert_refused(api.post("/auth/verify", {"token": token}), 401, "client_disabled")


def test_a_secret_is_replaced_without_an_outage(root: APIClient, made: NewSecret) -> None:
    added = root.post(f"{path_of(made)}/secrets")
    assert (added.status_code, added.headers["Cache-Control"]) == (201, "no-store")
    body = added.json()
    assert list(body) == ["id", "created_at", "last_used_at", "under_present_key", "secret"]
    assert signs_in(made.client.pk, made.secret)
    assert signs_in(made.client.pk, body["secret"])
    refused = assert_refused(root.post(f"{path_of(made)}/secrets", {}), 409, "too_many_secrets")
    assert "revoke one" in refused["detail"]
    assert root.delete(f"{path_of(made)}/secrets/{made.row.pk}").status_code == 204
    assert not signs_in(made.client.pk, made.secret)
    assert signs_in(made.client.pk, body["secret"])
    assert [secret["id"] for secret in root.get(path_of(made)).json()["secrets"]] == [body["id"]]
    assert_refused(root.delete(f"{path_of(made)}/secrets/{made.row.pk}"), 404, "not_found")


@pytest.mark.parametrize(
    ("given", "field", "code"),
    [
        ({"name": ""}, "name", "blank"),
        ({"name": " "}, "name", "blank"),
        ({"name": None}, "name", "null"),
        ({"name": 7}, "name", "invalid"),
        ({"name": "x" * 101}, "name", "max_length"),
        ({"name": "a\nb"}, "name", "control_characters"),
        ({"scopes": None}, "scopes", "null"),
        ({"scopes": "users:read"}, "scopes", "not_a_list"),
        ({"scopes": {"users:read": True}}, "scopes", "not_a_list"),
        ({"scopes": [f"s{number}" for number in range(51)]}, "scopes", "max_length"),
        ({"scopes": [f"{number:02}".ljust(100, "~") for number in range(20)]}, "scopes", "max_length"),
        ({"scopes": ["a", ""]}, "scopes.1", "blank"),
        ({"scopes": [7]}, "scopes.0", "invalid"),
        ({"scopes": [None]}, "scopes.0", "null"),
        ({"scopes": ["x" * 101]}, "scopes.0", "max_length"),
        ({"scopes": ["users:read notices:read"]}, "scopes.0", "invalid_scope"),
        ({"scopes": ['say"so']}, "scopes.0", "invalid_scope"),
        ({"scopes": ["back\\slash"]}, "scopes.0", "invalid_scope"),
        ({"scopes": ["ümlaut"]}, "scopes.0", "invalid_scope"),
        ({"scopes": ["a\tb"]}, "scopes.0", "control_characters"),
        ({"holds_personal_data": "true"}, "holds_personal_data", "invalid"),
        ({"holds_personal_data": 1}, "holds_personal_data", "invalid"),
        ({"holds_personal_data": None}, "holds_personal_data", "null"),
    ],
)
def test_what_does_not_fit_is_named(
    root: APIClient, made: NewSecret, given: dict[str, Any], field: str, code: str
) -> None:
    before = state()
    assert_field_refused(root.post("/clients", {"name": "Orders"} | given), field, code)
    assert_field_refused(root.patch(path_of(made), given), field, code)
    assert state() == before


@pytest.mark.parametrize("name", ["is_active", "end_tokens"])
@pytest.mark.parametrize("value", ["false", 0, None, []])
def test_a_flag_is_true_or_false(root: APIClient, made: NewSecret, name: str, value: Any) -> None:
    assert_field_refused(root.patch(path_of(made), {name: value}), name, "null" if value is None else "invalid")
    assert_refused(root.post("/clients", {"name": "Orders", name: True}), 400, "unknown_field")


def test_a_new_client_needs_a_name(root: APIClient) -> None:
    assert_field_refused(root.post("/clients", {}), "name", "required")


@pytest.mark.parametrize(("number", "length"), [(50, 39), (19, 100)])
def test_scopes_fit_as_far_as_a_token_has_room_for_all_of_them(root: APIClient, number: int, length: int) -> None:
    scopes = sorted(f"{each:02}".ljust(length, "~") for each in range(number))
    assert len(" ".join(scopes)) <= 2000
    given = {"name": "é" * 100, "scopes": [*scopes[: 50 - number], *scopes]}  # each counts once
    assert root.post("/clients", given).json()["scopes"] == scopes


@pytest.mark.parametrize("name", ["id", "epoch", "secret", "secrets", "created_at", "digest", "isActive"])
def test_what_nobody_sets_is_refused(root: APIClient, made: NewSecret, name: str) -> None:
    before = state()
    assert_refused(root.post("/clients", {"name": "Orders", name: "x"}), 400, "unknown_field")
    assert_refused(root.patch(path_of(made), {name: "x"}), 400, "unknown_field")
    assert_refused(root.post(f"{path_of(made)}/secrets", {name: "x"}), 400, "unknown_field")
    assert state() == before


@pytest.mark.parametrize(("method", "path", "body"), CALLS)
def test_each_is_for_staff_with_the_permission(
    made: NewSecret, make_user: MakeUser, api: APIClient, sign_in: SignIn, bearer: Bearer,
    method: str, path: str, body: dict[str, Any] | None,
) -> None:  # fmt: skip
    at, before = path.format(id=made.client.pk, secret=made.row.pk), state()
    assert_refused(getattr(api, method)(at, body), 401, "not_authenticated")
    for caller in (make_user(), make_staff(), make_staff("accounts.change_user", "accounts.view_user")):
        assert_refused(getattr(bearer(sign_in(caller).access), method)(at, body), 403, "permission_denied")
    assert state() == before


@pytest.mark.parametrize(("method", "path", "body"), CALLS)
def test_each_is_for_clients_with_the_scope(
    made: NewSecret, method: str, path: str, body: dict[str, Any] | None
) -> None:
    at = path.format(id=made.client.pk, secret=made.row.pk)
    lesser = service_clients.caller("users:read", "notices:read", "tokens:introspect")
    assert_scope_demanded(getattr(lesser, method)(at, body), "users:admin")
    greater = service_clients.caller("users:admin", "users:read")
    assert getattr(greater, method)(at, body).status_code < 300


def test_a_token_that_asked_for_less_can_do_less(bearer: Bearer) -> None:
    made = service_clients.make("users:admin", "users:read")
    lesser = bearer(service_clients.token_of(made, scope="users:read"))
    assert_scope_demanded(lesser.get("/clients"), "users:admin")
    assert bearer(service_clients.token_of(made)).get("/clients").status_code == 200


def test_nobody_gets_hold_of_more_than_they_may(root: APIClient, sign_in: SignIn, bearer: Bearer) -> None:
    admin = service_clients.make("users:admin")
    clerk = make_staff("accounts.add_serviceclient", "accounts.change_serviceclient", "accounts.delete_serviceclient")
    others = [bearer(sign_in(clerk).access), service_clients.caller("users:admin", "orders:read")]
    for caller, scope in zip(others, ("users:admin", "orders:write"), strict=True):
        target = path_of(admin if scope == "users:admin" else service_clients.make(scope))
        before = state()
        assert_refused(caller.post("/clients", {"name": "x", "scopes": [scope]}), 403, "permission_denied")
        assert_refused(caller.post(f"{target}/secrets"), 403, "permission_denied")
        assert_refused(caller.patch(target, {"name": "x"}), 403, "permission_denied")
        assert_refused(caller.delete(target), 403, "permission_denied")
        assert state() == before


@pytest.mark.parametrize(("method", "path", "body"), OF_ONE)
def test_nobody_is_found(root: APIClient, made: NewSecret, method: str, path: str, body: dict[str, Any] | None) -> None:
    known, before = str(made.row.pk), state()
    ids = [
        make_client_id(),
        made.client.pk.upper(),
        f"{made.client.pk}%00",
        "svc_%F0%9F%90%88",
        str(uuid4()),
        "x" * 999,
    ]
    for client_id in ids:
        assert_refused(getattr(root, method)(path.format(id=client_id, secret=known), body), 404, "not_found")
    assert state() == before


@pytest.mark.parametrize("secret_id", [UUID(int=1), "x", "svc_x"])
def test_a_secret_that_there_is_not_is_not_found(root: APIClient, made: NewSecret, secret_id: object) -> None:
    assert_refused(root.delete(f"{path_of(made)}/secrets/{secret_id}"), 404, "not_found")
    other = service_clients.make()
    assert_refused(root.delete(f"{path_of(made)}/secrets/{other.row.pk}"), 404, "not_found")
