"""What a service tests of itself: who may, who may not, and what becomes of what it keeps."""

import socket
from typing import Any

import pytest
from authservice_connector import current, testing
from authservice_connector.gate import AskingGate, LocalGate
from authservice_connector.models import RemoteUser
from authservice_connector.service_calls import bearer
from authservice_connector.signals import user_deleted
from authservice_connector.testing import OfflineIssuer
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from pytest_django import Settings

from tests.orders.models import Order

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor a thread that could use it."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the kit must not call out")

    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr("threading.Thread.start", refuse)


def get(path: str, token: str) -> Any:
    return Client().get(path, headers={"Authorization": f"Bearer {token}"})


def test_a_caller_is_the_user_whom_the_test_has(auth_client: Any, auth_user: Any) -> None:
    answer = auth_client.get("/mine")
    assert (answer.status_code, answer.json()["who"]) == (200, auth_user.get_username())
    assert RemoteUser.objects.count() == 1


def test_the_token_is_verified_here_as_in_production(auth_client: Any) -> None:
    assert isinstance(current.connection().gate, LocalGate)
    transport: Any = current.connection().transport
    auth_client.get("/mine")
    auth_client.get("/mine")
    assert set(transport.calls) == {"POST /auth/token", "GET /.well-known/jwks.json", "GET /notices"}


@pytest.mark.parametrize(("scope", "status"), [("orders:read users:read", 200), ("orders:write", 403), ("", 403)])
def test_scopes(auth_token: Any, scope: str, status: int) -> None:
    assert get("/scoped", auth_token(scope=scope)).status_code == status


@pytest.mark.parametrize(("groups", "status"), [(["admins"], 200), (["guests"], 403), ([], 403), (None, 403)])
def test_groups(auth_token: Any, groups: list[str] | None, status: int) -> None:
    assert get("/grouped", auth_token(groups=groups)).status_code == status


def test_groups_are_those_of_the_person_unless_others_are_given(auth_issuer: OfflineIssuer) -> None:
    person = auth_issuer.register(groups=["admins"])
    assert get("/grouped", auth_issuer.token(person["id"])).status_code == 200


def test_a_scope_is_a_services_as_in_production(auth_token: Any, auth_user: Any) -> None:
    """Else what passes in tests would be refused to everybody there."""
    assert get("/scoped", auth_token(scope="orders:read")).json()["who"] == "svc_caller"
    for user, groups in ((None, ["admins"]), (None, []), (auth_user, None)):
        with pytest.raises(ValueError, match="no token with both"):
            auth_token(user, scope="orders:read", groups=groups)


@pytest.mark.parametrize(
    ("given", "gate"),
    [
        ({}, LocalGate),
        ({"CLIENT_ID": "svc_a", "CLIENT_SECRET": "a secret"}, LocalGate),
        ({"CLIENT_ID": None, "CLIENT_SECRET": None}, AskingGate),
        ({"CLIENT_ID": "", "CLIENT_SECRET": ""}, AskingGate),
        ({"CLIENT_ID": None}, AskingGate),
        ({"CLIENT_ID": "svc_a"}, AskingGate),
    ],
)
def test_settings_stand_for_what_they_stand_for_in_production(
    settings: Settings, given: dict[str, Any], gate: type[object]
) -> None:
    settings.AUTHSERVICE = testing._filled(given)
    assert isinstance(current.connection().gate, gate)


@pytest.mark.parametrize("slip", [{"URL": None}, {"URL": ""}, {"AUDIENCE": ""}, {"ISSUER": 7}])
def test_what_is_wrong_with_settings_is_wrong_in_tests(settings: Settings, slip: dict[str, Any]) -> None:
    settings.AUTHSERVICE = testing._filled(slip)
    with pytest.raises((ImproperlyConfigured, TypeError)):
        current.connection()


def test_a_person_has_every_member_of_the_auth_services_user_object(auth_issuer: OfflineIssuer) -> None:
    person = auth_issuer.register()
    assert [*person] == [
        *("id", "email", "email_verified", "first_name", "last_name", "phone_number", "is_active", "is_staff"),
        *("groups", "date_joined", "last_login", "updated_at", "version"),
    ]
    before = person["updated_at"]
    assert before.endswith("Z")
    auth_issuer.change(person["id"], first_name="Augusta")
    assert person["updated_at"] > before
    assert person["date_joined"] <= before


def test_another_user(auth_issuer: OfflineIssuer, auth_user: Any, auth_token: Any) -> None:
    other = auth_issuer.register(first_name="Eve")
    assert get("/mine", auth_issuer.token(other["id"])).json()["subject"] == other["id"]
    assert get("/mine", auth_token(auth_user)).json()["who"] == auth_user.get_username()


def test_a_session_that_was_revoked_is_out_at_once_and_another_goes_on(auth_token: Any, revoke: Any) -> None:
    token, other = auth_token(), auth_token()
    assert get("/mine", token).status_code == 200
    revoke(token)
    assert get("/mine", token).status_code == 401
    assert get("/mine", other).status_code == 200


def test_all_sessions_of_a_user(auth_user: Any, auth_token: Any, revoke: Any) -> None:
    tokens = [auth_token(), auth_token()]
    revoke(auth_user)
    assert [get("/mine", token).status_code for token in tokens] == [401, 401]
    assert get("/mine", auth_token()).status_code == 200


def test_who_is_suspended_is_out_until_reinstated(auth_issuer: OfflineIssuer, auth_user: Any, auth_token: Any) -> None:
    subject, token = auth_user.remote.subject, auth_token()
    auth_issuer.suspend(subject)
    assert get("/mine", token).status_code == 401
    auth_issuer.reinstate(subject)
    assert get("/mine", token).status_code == 401
    assert get("/mine", auth_token()).status_code == 200


def test_a_token_of_a_service(auth_issuer: OfflineIssuer, revoke: Any) -> None:
    token = auth_issuer.service_token("svc_b", scope="orders:read")
    assert get("/scoped", token).json()["who"] == "svc_b"
    revoke(token)
    assert get("/scoped", token).status_code == 401


@pytest.mark.parametrize(
    "claims", [{"exp": 1}, {"aud": "elsewhere"}, {"iss": "https://evil.example.com"}, {"sid": None}]
)
def test_a_token_that_production_would_refuse_is_refused(auth_token: Any, claims: dict[str, Any]) -> None:
    assert get("/mine", auth_token(**claims)).status_code == 401


def test_a_token_of_another_key_is_refused(auth_token: Any) -> None:
    head, payload, signature = auth_token().split(".")
    flipped = signature[:-2] + ("AA" if signature[-2:] != "AA" else "BB")
    assert get("/mine", f"{head}.{payload}.{flipped}").status_code == 401


def test_who_is_deleted_goes_with_what_the_service_keeps(
    auth_issuer: OfflineIssuer, auth_user: Any, auth_sync: Any
) -> None:
    Order.objects.create(owner=auth_user)

    def remove_orders(user: Any, **_: object) -> None:
        Order.objects.filter(owner=user).delete()

    user_deleted.connect(remove_orders)
    auth_issuer.delete(auth_user.remote.subject)
    auth_sync()
    user_deleted.disconnect(remove_orders)
    assert not Order.objects.exists()
    assert RemoteUser.objects.get().deleted_at is not None
    assert auth_issuer.acknowledged


def test_a_change_arrives(auth_issuer: OfflineIssuer, auth_user: Any, auth_sync: Any) -> None:
    auth_sync()
    auth_issuer.change(auth_user.remote.subject, first_name="Augusta")
    auth_sync()
    auth_user.refresh_from_db()
    assert auth_user.first_name == "Augusta"


def test_without_rest_framework_the_client_is_djangos(
    monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.setattr(testing, "find_spec", lambda name: None)
    client = request.getfixturevalue("auth_client")
    assert type(client) is Client
    assert client.get("/mine").status_code == 200


def test_the_services_own_token() -> None:
    assert bearer(scope="orders:read").startswith("Bearer ")


def test_without_credentials_each_token_is_asked_about(
    auth_issuer: OfflineIssuer, auth_token: Any, revoke: Any, settings: Settings
) -> None:
    token = auth_token()
    settings.AUTHSERVICE = {"URL": settings.AUTHSERVICE["URL"], "ISSUER": settings.AUTHSERVICE["ISSUER"]}
    assert isinstance(current.connection().gate, AskingGate)
    assert get("/mine", token).status_code == 200
    revoke(token)
    assert get("/mine", token).status_code == 401
    assert get("/mine", auth_token()).status_code == 200
    assert get("/mine", "a.b.c").status_code == 401


LEFT_BEHIND: list[str] = []


@pytest.mark.parametrize("time", [1, 2])
def test_a_test_leaves_nothing_to_the_next(auth_issuer: OfflineIssuer, auth_token: Any, revoke: Any, time: int) -> None:
    assert (len(auth_issuer.people), auth_issuer.notices, auth_issuer.ended) == (1, [], set())
    LEFT_BEHIND.append(auth_token(sid="the same each time"))
    assert get("/mine", LEFT_BEHIND[-1]).status_code == 200
    revoke(LEFT_BEHIND[-1])
    assert get("/mine", LEFT_BEHIND[-1]).status_code == 401
