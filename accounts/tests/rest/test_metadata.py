"""`GET /.well-known/oauth-authorization-server`, and the same under the name where many frameworks look."""

from typing import Any

import pytest
from django.db import OperationalError, connection
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.models import Scope
from accounts.tests.support import memory
from accounts.tests.support.refusals import assert_refused

pytestmark = pytest.mark.django_db

PATHS = ["/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"]
ISSUER = "http://localhost:8000"
DOCUMENT = {
    "issuer": ISSUER,
    "jwks_uri": f"{ISSUER}/.well-known/jwks.json",
    "token_endpoint": f"{ISSUER}/auth/token",
    "introspection_endpoint": f"{ISSUER}/auth/introspect",
    "revocation_endpoint": f"{ISSUER}/auth/revoke",
    "service_documentation": f"{ISSUER}/api/docs",
    "grant_types_supported": ["client_credentials"],
    "response_types_supported": ["none"],
    "scopes_supported": ["tokens:introspect", "users:read", "notices:read", "users:admin"],
    "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
    "introspection_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "Bearer"],
    "revocation_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
}


@pytest.mark.parametrize("path", PATHS)
def test_both_names_lead_to_the_same_document(api: APIClient, path: str) -> None:
    answer = api.get(path)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
    assert answer.json() == DOCUMENT
    assert set(answer.json()["scopes_supported"]) == set(Scope)


@pytest.mark.parametrize("path", PATHS)
def test_nothing_in_it_is_empty(api: APIClient, path: str) -> None:
    """RFC 8414 section 3.2: what has no element is left out."""
    assert all(api.get(path).json().values())


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("issuer", ["https://auth.example.com", "https://example.com:8443/auth", "http://[::1]:8000"])
def test_every_address_begins_with_the_issuer_whatever_a_request_says(
    api: APIClient, settings: Settings, path: str, issuer: str
) -> None:
    settings.AUTH_ISSUER = issuer
    settings.ALLOWED_HOSTS = ["*"]
    forwarded: dict[str, Any] = {"HTTP_X_FORWARDED_HOST": "evil.example", "HTTP_X_FORWARDED_PROTO": "https"}
    body = api.get(path, HTTP_HOST="evil.example", HTTP_FORWARDED="host=evil.example", **forwarded).json()
    assert body["issuer"] == issuer
    addresses = [value for name, value in body.items() if name.endswith(("_uri", "_endpoint", "_documentation"))]
    assert len(addresses) == 5
    assert all(address.startswith(f"{issuer}/") for address in addresses)


@pytest.mark.parametrize("path", PATHS)
def test_the_addresses_are_there(api: APIClient, path: str) -> None:
    for name, address in api.get(path).json().items():
        if name.endswith(("_uri", "_endpoint", "_documentation")):
            assert api.get(address.removeprefix(ISSUER)).status_code == (405 if "_endpoint" in name else 200)


@pytest.mark.parametrize("path", PATHS)
def test_it_may_be_kept_for_five_minutes_and_asked_about(api: APIClient, settings: Settings, path: str) -> None:
    answer = api.get(path)
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    again = api.get(path, HTTP_IF_NONE_MATCH=answer.headers["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    assert (again.headers["ETag"], again.headers["Cache-Control"]) == (answer.headers["ETag"], "public, max-age=300")
    settings.AUTH_ISSUER = "https://auth.example.com"
    assert api.get(path, HTTP_IF_NONE_MATCH=answer.headers["ETag"]).status_code == 200


@pytest.mark.parametrize("path", PATHS)
def test_it_is_answered_without_the_database(api: APIClient, path: str) -> None:
    def fail(*_: object) -> None:
        raise OperationalError

    memory.forget()
    with connection.execute_wrapper(fail):
        assert api.get(path).json() == DOCUMENT


@pytest.mark.parametrize("path", PATHS)
def test_it_is_for_anybody_and_to_be_read_alone(api: APIClient, path: str) -> None:
    assert api.get(path, HTTP_AUTHORIZATION="Bearer a.b.c").status_code == 200
    assert api.head(path).status_code == 200
    assert_refused(api.post(path, {}), 405, "method_not_allowed")
