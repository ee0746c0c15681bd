"""A service client's token where people are meant is a clean 403; no route is forgotten, because all are walked."""

import re
from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

import pytest
from rest_framework.test import APIClient

from accounts.models import Scope, Session
from accounts.notices import cursor
from accounts.notices.reader import START
from accounts.rest.urls import ROUTES
from accounts.rest.views.api import ApiView, OpenToServices
from accounts.tests.support import service_clients
from accounts.tests.support.factories import Bearer, Tokens
from accounts.tests.support.refusals import assert_refused

pytestmark = pytest.mark.django_db

FOR_ANYBODY: Final = {
    *("auth/register", "auth/login", "auth/refresh", "auth/verify"),
    *("auth/token", "auth/introspect", "auth/revoke", "auth/forward"),  # each has its own way to know clients
    "auth/csrf",  # knows cookies alone
    *("auth/password/reset", "auth/password/reset/confirm", "auth/email/verify", "auth/email/resend"),  # codes are
    "auth/user/delete/cancel",
    *("account/reset-password", "account/verify-email", "account/cancel-deletion"),  # pages
    *(".well-known/jwks.json", ".well-known/oauth-authorization-server", ".well-known/openid-configuration"),
    *("api/schema", "api/docs", "api/redoc", "api/redoc.js", "problems/<slug:code>"),
}
"""Takes no Bearer token, or any. Whoever adds a route here says that it is right for service clients, too."""


def calls(*, are_open_to_services: bool) -> Iterator[tuple[str, str]]:
    """Method and path of every route that takes Bearer tokens."""
    for route, view in ROUTES:
        view_class: Any = getattr(view, "cls", None)
        if route in FOR_ANYBODY or issubclass(view_class, OpenToServices) != are_open_to_services:
            continue
        path = "/" + re.sub(r"<\w+:\w+>", str(UUID(int=1)), route)
        yield from ((method, path) for method in ApiView.http_method_names if hasattr(view_class, method))


PEOPLES: Final = sorted(calls(are_open_to_services=False))
SERVICES: Final = sorted(calls(are_open_to_services=True))
BODIES: Final[dict[str, dict[str, Any]]] = {
    "suspend": {"reason": "case 4711"},
    "force": {"reason": "its database is gone"},
    "lookup": {"ids": [str(UUID(int=1))]},
    "ack": {"cursor": cursor.write(START)},
    "clients": {"name": "mail"},
}
"""What a route that ends so takes, where that is more than nothing: bodies are read first."""


@pytest.fixture
def service(db: None) -> APIClient:
    """Acts for a client that has every scope that there is."""
    return service_clients.caller(*Scope)


@pytest.mark.parametrize(("method", "path"), PEOPLES)
def test_a_service_client_is_no_person(service: APIClient, method: str, path: str) -> None:
    for slash in ("", "/"):
        assert_refused(getattr(service, method)(path + slash, {}), 403, "permission_denied")


@pytest.mark.parametrize(("method", "path"), SERVICES)
def test_a_service_client_without_a_scope_hears_which_one_it_takes(method: str, path: str) -> None:
    answer = getattr(service_clients.caller(), method)(path, BODIES.get(path.rpartition("/")[2], {}))
    assert_refused(answer, 403, "insufficient_scope")


def test_what_is_for_people_is_walked() -> None:
    assert set(PEOPLES) >= {
        *(("get", "/auth/user"), ("patch", "/auth/user"), ("post", "/auth/user/delete")),
        *(
            ("post", "/auth/password/change"),
            ("post", "/auth/email/change"),
            ("get", "/auth/sessions"),
            ("post", "/auth/logout"),
        ),
        ("delete", f"/auth/sessions/{UUID(int=1)}"),
    }
    assert not {path for _, path in PEOPLES if path.startswith(("/users", "/notices", "/clients"))}


def test_what_anybody_may_call_is_there() -> None:
    assert {route for route, _ in ROUTES} >= FOR_ANYBODY


def test_nothing_comes_of_it(bearer: Bearer, tokens: Tokens) -> None:
    """Not even the sessions of whoever shows their own refresh token along with a service's token."""
    service = bearer(service_clients.token_of(service_clients.make(*Scope)))
    for scope in ("this", "others", "all"):
        assert_refused(service.post("/auth/logout", {"scope": scope}), 403, "permission_denied")
    assert Session.objects.unrevoked().count() == 1


def test_a_service_tokens_own_refusals_come_first(bearer: Bearer) -> None:
    """Whoever is nobody any more hears that, and not whom the endpoint is for."""
    made = service_clients.make(*Scope)
    token = service_clients.token_of(made)
    assert "people" in assert_refused(bearer(token).get("/auth/user"), 403, "permission_denied")["detail"]
    service_clients.disable(made.client)
    assert_refused(bearer(token).get("/auth/user"), 401, "client_disabled")
    assert_refused(bearer(f"{token}=").get("/auth/user"), 401, "token_invalid")
