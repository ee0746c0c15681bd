"""What each endpoint costs in queries, committed: growth is a decision, not an accident."""

import json
import re
from typing import Any, Final
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts import clock
from accounts.models import MailKind, User
from accounts.notices import cursor
from accounts.tests.architecture.sources import ROOT
from accounts.tests.support import codes, notice_log, service_clients
from accounts.tests.support.browsers import Browser
from accounts.tests.support.factories import PASSWORD, Bearer, MakeUser, SignIn
from accounts.tests.support.oauth import in_body
from accounts.tests.support.staff import make_staff, make_superuser

COUNTS: Final = ROOT / "accounts/tests/architecture/query_counts.json"
ADMIN: Final = re.compile(r" /admin/")
OAUTH: Final = re.compile(r"/auth/(token|introspect|revoke)|oauth")
MAILED: Final = re.compile(r"/auth/(email|password/reset)|/cancel|put off|to be verified")
EXPORT: Final = re.compile(r"/export|/audit")
CLIENTS: Final = re.compile(r"/clients|/notices/ack|of a service")
PEOPLE: Final = re.compile(r"^(GET|POST) /users(\?.*|, .*)?$|PATCH /users|/users/{id}/(sessions|password-reset)")
NOT_COUNTED: Final = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
BY_THEMSELVES: Final = 3
"""What a sign-in writes beside the user's row: on PostgreSQL with it, by one statement."""


def count(client: APIClient, method: str, path: str, body: dict[str, Any] | None = None) -> int:
    with CaptureQueriesContext(connection) as captured:
        response = getattr(client, method)(path, body)
        b"".join(response)  # one that is streamed asks while it is read
    assert response.status_code < 300, response.content
    return sum(not query["sql"].lstrip().startswith(NOT_COUNTED) for query in captured.captured_queries)


@pytest.mark.django_db(transaction=True)
def test_endpoints_cost_the_committed_number_of_queries(
    user: User, api: APIClient, sign_in: SignIn, bearer: Bearer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: 1000.0)  # what is remembered does not age, however slow the machine
    tokens = sign_in(user)  # makes the first keys, and loads the ring
    caller = bearer(tokens.access)
    follower = bearer(sign_in(make_staff("accounts.view_notice")).access)
    after = {"after": cursor.write(cursor.at(*notice_log.append(1)))}
    root, somebody = bearer(sign_in(make_superuser()).access), f"/users/{make_staff().pk}"
    service, many = service_clients.caller("users:read"), {"ids": [str(user.pk), *(str(uuid4()) for _ in range(199))]}
    credentials = {"email": user.email, "password": PASSWORD}
    page, browser = APIClient(), Browser.of(user)
    page.credentials(HTTP_COOKIE=browser.header_for("/auth"), HTTP_X_CSRF_TOKEN=browser.csrf_token)
    counts = {
        "GET /.well-known/jwks.json": count(api, "get", "/.well-known/jwks.json"),
        "GET /auth/csrf": count(page, "get", "/auth/csrf"),
        "GET /auth/csrf, remembered": count(page, "get", "/auth/csrf"),
        "PATCH /auth/user, by cookie": count(page, "patch", "/auth/user", {"first_name": "Ada"}),
        "POST /auth/refresh, by cookie": count(page, "post", "/auth/refresh"),
        "GET /auth/sessions": count(caller, "get", "/auth/sessions"),
        "GET /auth/user": count(caller, "get", "/auth/user"),
        "GET /auth/forward, remembered": count(caller, "get", "/auth/forward"),
        "GET /notices": count(follower, "get", "/notices"),
        "GET /notices?after": count(follower, "get", "/notices", after),
        "PATCH /auth/user": count(caller, "patch", "/auth/user", {"first_name": "Ada"}),
        "POST /auth/login": count(api, "post", "/auth/login", credentials) - BY_THEMSELVES * _is_on_sqlite(),
        "POST /auth/logout": count(bearer(sign_in(user).access), "post", "/auth/logout"),
        "POST /auth/refresh": count(api, "post", "/auth/refresh", {"refresh": tokens.refresh}),
        "POST /auth/register": count(api, "post", "/auth/register", credentials | {"email": "new@example.com"}),
        "POST /auth/verify": count(api, "post", "/auth/verify", {"token": tokens.access}),
        "POST /auth/verify, remembered": count(api, "post", "/auth/verify", {"token": tokens.access}),
        "GET /users/{id}": count(service, "get", somebody),
        "GET /users/{id}, remembered": count(service, "get", somebody),
        "POST /users/lookup": count(service, "post", "/users/lookup", many),
        "POST /users/{id}/suspend": count(root, "post", f"{somebody}/suspend", {"reason": "case 4711"}),
        "GET /users/{id}/suspensions": count(root, "get", f"{somebody}/suspensions"),
        "POST /users/{id}/reinstate": count(root, "post", f"{somebody}/reinstate"),
        "POST /auth/user/delete": count(caller, "post", "/auth/user/delete", {"password": PASSWORD}),  # the last: gone
    }
    assert counts == committed()


@pytest.mark.django_db(transaction=True)
def test_oauth_endpoints_cost_the_committed_number_of_queries(
    user: User, api: APIClient, sign_in: SignIn, bearer: Bearer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: 1000.0)
    tokens, made = sign_in(user), service_clients.make("tokens:introspect")
    credentials, token = in_body(made), {"token": tokens.access}
    service = bearer(service_clients.token_of(made))
    counts = {
        "GET /.well-known/oauth-authorization-server": count(api, "get", "/.well-known/oauth-authorization-server"),
        "POST /auth/token": count(api, "post", "/auth/token", {"grant_type": "client_credentials"} | credentials),
        "POST /auth/introspect": count(service, "post", "/auth/introspect", token),
        "POST /auth/introspect, remembered": count(service, "post", "/auth/introspect", token),
        "POST /auth/introspect, by secret": count(api, "post", "/auth/introspect", token | credentials),
        "POST /auth/revoke": count(api, "post", "/auth/revoke", {"token": tokens.refresh}),
        "POST /auth/revoke, again": count(api, "post", "/auth/revoke", {"token": tokens.refresh}),
    }
    assert counts == committed(OAUTH)


@pytest.mark.django_db(transaction=True)
def test_what_goes_by_mail_costs_the_committed_number_of_queries(
    user: User, api: APIClient, bearer: Bearer, sign_in: SignIn, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: 1000.0)
    caller, mail = bearer(sign_in(user).access), {"email": user.email}
    settings.AUTH_EMAIL_VERIFICATION, settings.AUTH_DELETION_DELAY = "required", 3600
    new, taken = ({"email": email, "password": PASSWORD} for email in ("new@example.com", user.email))
    moved = {"new_email": "moved@example.com", "password": PASSWORD}

    def use(path: str, kind: MailKind, address: str | None = None, **more: str) -> int:
        return count(api, "post", path, {"token": codes.mailed(kind, address)} | more)

    counts = {
        "POST /auth/register, to be verified": count(api, "post", "/auth/register", new),
        "POST /auth/register, taken, to be verified": count(api, "post", "/auth/register", taken),
        "POST /auth/email/resend": count(api, "post", "/auth/email/resend", mail),
        "POST /auth/email/verify": use("/auth/email/verify", MailKind.VERIFY_EMAIL, "new@example.com"),
        "POST /auth/email/change": count(caller, "post", "/auth/email/change", moved),
        "POST /auth/email/verify, another": use("/auth/email/verify", MailKind.CONFIRM_NEW_EMAIL),
        "POST /auth/user/delete, put off": count(caller, "post", "/auth/user/delete", {"password": PASSWORD}),
        "POST /auth/user/delete/cancel": use("/auth/user/delete/cancel", MailKind.CANCEL_DELETION),
        "POST /auth/password/reset": count(api, "post", "/auth/password/reset", {"email": "moved@example.com"}),
        "POST /auth/password/reset/confirm": use(
            "/auth/password/reset/confirm", MailKind.RESET_PASSWORD, new_password="seven kites over helsinki"
        ),
    }
    assert counts == committed(MAILED)


@pytest.mark.django_db(transaction=True)
def test_service_clients_cost_the_committed_number_of_queries(
    api: APIClient, bearer: Bearer, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: 1000.0)
    root, made = bearer(sign_in(make_superuser()).access), service_clients.make(holds_personal_data=True)
    service = service_clients.make("notices:read", "users:admin", holds_personal_data=True)
    path, token = f"/clients/{made.client.pk}", {"token": service_clients.token_of(service)}
    for _ in range(5):
        service_clients.make()
    (notice,) = notice_log.append(1)
    counts = {
        "POST /auth/verify, of a service": count(api, "post", "/auth/verify", token),
        "POST /auth/verify, of a service, remembered": count(api, "post", "/auth/verify", token),
        "POST /notices/ack": count(
            bearer(token["token"]), "post", "/notices/ack", {"cursor": cursor.write(cursor.at(notice))}
        ),
        "GET /clients": count(root, "get", "/clients"),
        "GET /clients, by a service": count(bearer(token["token"]), "get", "/clients"),
        "POST /clients": count(root, "post", "/clients", {"name": "orders", "scopes": ["users:read"]}),
        "GET /clients/{id}": count(root, "get", path),
        "PATCH /clients/{id}": count(root, "patch", path, {"name": "Orders"}),
        "PATCH /clients/{id}, disabling": count(root, "patch", path, {"is_active": False}),
        "POST /clients/{id}/secrets": count(root, "post", f"{path}/secrets"),
        "DELETE /clients/{id}/secrets/{id}": count(root, "delete", f"{path}/secrets/{made.row.pk}"),
        "DELETE /clients/{id}": count(root, "delete", path),
    }
    assert counts == committed(CLIENTS)


@pytest.mark.django_db(transaction=True)
def test_looking_after_people_costs_the_committed_number_of_queries(
    bearer: Bearer, sign_in: SignIn, make_user: MakeUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: 1000.0)
    root, ada = bearer(sign_in(make_superuser()).access), make_user("ada@example.com")
    service, path = service_clients.caller("users:admin"), f"/users/{ada.pk}"
    Group.objects.create(name="writers").user_set.set([ada, *(make_user() for _ in range(5))])
    assert service.get(path).status_code == 200  # it is remembered from now on
    changes = {"email": "new@example.com", "first_name": "Ada", "is_staff": True, "groups": []}
    counts = {
        "GET /users": count(root, "get", "/users"),
        "GET /users, by a service": count(service, "get", "/users"),
        "GET /users?search": count(service, "get", "/users", {"search": "ada"}),
        "GET /users?search, of an id": count(service, "get", "/users", {"search": str(ada.pk)[:8]}),
        "GET /users?group": count(service, "get", "/users", {"group": "writers"}),
        "GET /users?is_active&is_staff": count(service, "get", "/users", {"is_active": "true", "is_staff": "false"}),
        "POST /users": count(root, "post", "/users", {"email": "ben@example.com", "groups": ["writers"]}),
        "PATCH /users/{id}": count(root, "patch", path, {"first_name": "Augusta"}),
        "PATCH /users/{id}, all of it": count(root, "patch", path, changes),
        "PATCH /users/{id}, when it ends": count(root, "patch", path, {"expires_at": "2100-01-31T08:00:00Z"}),
        "GET /users/{id}/sessions": count(root, "get", f"{path}/sessions"),
        "DELETE /users/{id}/sessions": count(root, "delete", f"{path}/sessions"),
        "POST /users/{id}/password-reset": count(root, "post", f"{path}/password-reset"),
    }
    assert counts == committed(PEOPLE)


@pytest.mark.django_db(transaction=True)
def test_an_export_and_the_audit_cost_the_committed_number_of_queries(
    user: User, bearer: Bearer, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: 1000.0)
    caller, auditor = bearer(sign_in(user).access), bearer(sign_in(make_staff("accounts.view_auditevent")).access)
    counts = {
        "GET /auth/user/export": count(caller, "get", "/auth/user/export"),
        "GET /audit-events": count(auditor, "get", "/audit-events"),
    }
    assert counts == committed(EXPORT)


def _is_on_sqlite() -> bool:
    return connection.vendor == "sqlite"


def committed(room: re.Pattern[str] | None = None) -> dict[str, int]:
    """Those of one room; without one, those of none."""
    counts: dict[str, int] = json.loads(COUNTS.read_text(encoding="utf-8"))
    return {
        name: queries
        for name, queries in counts.items()
        if next((each for each in (ADMIN, OAUTH, MAILED, EXPORT, CLIENTS, PEOPLE) if each.search(name)), None) is room
    }
