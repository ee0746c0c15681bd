"""Cookie mode at `/auth/forward`: the method that counts is that of the request which the gateway asks about."""

from typing import Any, Final

import pytest
from rest_framework.test import APIClient

from accounts.models import Session
from accounts.services import csrf
from accounts.tests.support import service_clients
from accounts.tests.support.factories import Tokens
from accounts.tests.support.refusals import assert_refused

pytestmark = pytest.mark.django_db

FOREIGN: Final = [
    {"HTTP_ORIGIN": "https://evil.example"},
    {"HTTP_ORIGIN": "null"},
    {"HTTP_SEC_FETCH_SITE": "cross-site"},
    {"HTTP_SEC_FETCH_SITE": "same-site"},
]


@pytest.fixture
def browser(api: APIClient, tokens: Tokens) -> APIClient:
    """With the access cookie."""
    api.cookies["access"] = tokens.access
    return api


def asked_about(client: APIClient, method: str, **headers: Any) -> Any:
    """As most gateways ask: by GET, with the method in a header."""
    return client.get("/auth/forward/orders", HTTP_X_FORWARDED_METHOD=method, **headers)


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_what_changes_nothing_needs_the_cookie_alone(browser: APIClient, session: Session, method: str) -> None:
    for answer in (asked_about(browser, method), browser.generic(method, "/auth/forward/orders")):
        assert answer.status_code == 200
        assert answer.headers["X-Auth-User-Id"] == str(session.user_id)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "PROPFIND", "get", "", "GET, POST"])
def test_what_changes_something_needs_the_csrf_token_too(browser: APIClient, session: Session, method: str) -> None:
    assert_refused(asked_about(browser, method), 403, "csrf_failed")
    assert_refused(asked_about(browser, method, HTTP_X_CSRF_TOKEN="x" * 43), 403, "csrf_failed")
    assert asked_about(browser, method, HTTP_X_CSRF_TOKEN=csrf.token_of(session)).status_code == 200


def test_the_gateways_own_method_counts_too(browser: APIClient) -> None:
    """Envoy asks with the method of its client, who may name another one in the header."""
    claims: list[dict[str, Any]] = [{}, {"HTTP_X_FORWARDED_METHOD": "GET"}]
    for claimed in claims:
        assert_refused(browser.post("/auth/forward/orders", **claimed), 403, "csrf_failed")


@pytest.mark.parametrize("foreign", FOREIGN, ids=str)
def test_a_page_of_another_origin_changes_nothing(
    browser: APIClient, session: Session, foreign: dict[str, Any]
) -> None:
    answer = asked_about(browser, "POST", HTTP_X_CSRF_TOKEN=csrf.token_of(session), **foreign)
    assert_refused(answer, 403, "csrf_failed")


def test_a_header_wins_over_the_cookie(browser: APIClient) -> None:
    assert_refused(asked_about(browser, "GET", HTTP_AUTHORIZATION="Bearer a.b.c"), 401, "token_invalid")


def test_a_header_needs_no_csrf_token(api: APIClient, tokens: Tokens) -> None:
    answer = asked_about(api, "POST", HTTP_AUTHORIZATION=f"Bearer {tokens.access}", HTTP_ORIGIN="https://evil.example")
    assert answer.status_code == 200


def test_two_access_cookies_are_none(api: APIClient, tokens: Tokens) -> None:
    for two in (f"access={tokens.access}; access=a.b.c", f"access=a.b.c; access={tokens.access}"):
        assert_refused(asked_about(api, "GET", HTTP_COOKIE=two), 401, "token_invalid")


def test_a_services_token_is_no_cookie(api: APIClient) -> None:
    token = service_clients.token_of(service_clients.make())
    assert_refused(asked_about(api, "GET", HTTP_COOKIE=f"access={token}"), 401, "token_invalid")
