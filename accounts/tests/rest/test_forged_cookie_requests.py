"""Requests that a page of somebody else's makes a browser send, with its cookies: refused, and without effect."""

from typing import Any, Final

import pytest
from django.test.client import MULTIPART_CONTENT, encode_multipart
from pytest_django import Settings

from accounts.models import Session, User
from accounts.services import csrf
from accounts.tests.support.browsers import Browser, everything
from accounts.tests.support.factories import PASSWORD, MakeUser
from accounts.tests.support.refusals import assert_refused
from accounts.tests.support.staff import make_superuser

pytestmark = pytest.mark.django_db

ANOTHER: Final = "seven kites over helsinki"
CHANGES: Final[dict[str, tuple[str, str, Any]]] = {
    "profile": ("PATCH", "/auth/user", {"first_name": "Mallory"}),
    "password": ("POST", "/auth/password/change", {"current_password": PASSWORD, "new_password": ANOTHER}),
    "deletion": ("POST", "/auth/user/delete", {"password": PASSWORD}),
    "session": ("DELETE", "/auth/sessions/SESSION", None),
    "refresh": ("POST", "/auth/refresh", None),
    "logout": ("POST", "/auth/logout", {"scope": "all"}),
    "suspension": ("POST", "/users/SOMEBODY/suspend", {"reason": "case 4711"}),
    "graphql": ("POST", "/graphql", {"query": 'mutation { updateMe(input: {firstName: "Mallory"}) { user { id } } }'}),
}
FORMS: Final = {
    "form": ("application/x-www-form-urlencoded", b"first_name=Mallory&password=x&scope=all&query=%7Bme%7Bid%7D%7D"),
    "text": ("text/plain", b'{"first_name": "Mallory", "scope": "all", "query": "mutation { logout { ok } }"}'),
    "text-by-form": ("text/plain;charset=UTF-8", b'{"first_name": "Mallory", "scope": "all", "x=": ""}'),
    "multipart": (
        MULTIPART_CONTENT,
        encode_multipart("BoUnDaRyStRiNg", {"first_name": "Mallory", "query": "{me{id}}"}),
    ),
    "nothing": ("text/plain", b""),
    "xml": ("application/xml", b"<first_name>Mallory</first_name>"),
}
REFUSED_AS: Final = {400: "malformed_body", 403: "csrf_failed", 415: "unsupported_media_type"}


@pytest.fixture
def staff() -> User:
    return make_superuser()


@pytest.fixture
def browser(staff: User) -> Browser:
    return Browser.of(staff)


@pytest.fixture(params=CHANGES)
def change(request: pytest.FixtureRequest, browser: Browser, make_user: MakeUser) -> tuple[str, str, Any]:
    """What would change something: method, path and body."""
    method, path, body = CHANGES[request.param]
    places = {"SESSION": str(Session.objects.get().pk), "SOMEBODY": str(make_user().pk)}
    for name, value in places.items():
        path = path.replace(name, value)
    return method, path, body


def tokens_of_others(user: User, make_user: MakeUser) -> list[str]:
    """Of another person's session, and of another one of the same person's."""
    return [Browser.of(make_user()).csrf_token, Browser.of(user).csrf_token]


def assert_without_effect(answer: Any, before: dict[str, Any]) -> None:
    if answer.status_code == 200:  # of GraphQL
        assert {error["extensions"]["code"] for error in answer.json()["errors"]} == {"csrf_failed"}
    else:
        assert_refused(answer, 403, "csrf_failed")
    assert not answer.cookies
    assert everything() == before


def test_a_page_of_ours_brings_each_of_them_about(browser: Browser, change: tuple[str, str, Any]) -> None:
    """So that what follows refuses for the reason that it names."""
    before = everything()
    answer = browser.act(*change, HTTP_SEC_FETCH_SITE="same-origin", HTTP_ORIGIN="http://localhost:8000")
    assert answer.status_code < 300
    assert b'"errors"' not in answer.content
    assert everything() != before


def test_without_its_csrf_token_nothing_happens(
    browser: Browser, staff: User, change: tuple[str, str, Any], make_user: MakeUser
) -> None:
    wrong = tokens_of_others(staff, make_user)
    before = everything()
    assert_without_effect(browser.send(*change), before)
    own = browser.csrf_token
    for token in ["", "c", own[:-1], own.swapcase(), f"{own},{own}", "undefined", *wrong]:
        assert_without_effect(browser.send(*change, HTTP_X_CSRF_TOKEN=token), before)


def test_the_token_elsewhere_does_not_count(browser: Browser, change: tuple[str, str, Any]) -> None:
    before = everything()
    (method, path, body), token = change, browser.csrf_token
    for header in ("HTTP_X_CSRFTOKEN", "HTTP_X_XSRF_TOKEN", "HTTP_CSRF_TOKEN"):
        assert_without_effect(browser.send(*change, **{header: token}), before)
    assert_without_effect(browser.send(method, f"{path}?csrf_token={token}", body), before)
    cookies = f"{browser.header_for(path)}; csrf_token={token}; X-CSRF-Token={token}"
    assert_without_effect(browser.send(*change, HTTP_COOKIE=cookies), before)


def test_a_request_of_another_site_or_origin_is_refused_whatever_it_knows(
    browser: Browser, change: tuple[str, str, Any], settings: Settings
) -> None:
    settings.CORS_ALLOWED_ORIGINS = ["https://evil.example"]
    before = everything()
    for site in ("cross-site", "same-site", "cross-origin"):
        assert_without_effect(browser.act(*change, HTTP_SEC_FETCH_SITE=site), before)
    for origin in ("https://evil.example", "null", "http://evil.localhost:8000", "http://localhost"):
        assert_without_effect(browser.act(*change, HTTP_ORIGIN=origin), before)
        claims = {"HTTP_ORIGIN": origin, "HTTP_SEC_FETCH_SITE": "same-origin"}
        assert_without_effect(browser.act(*change, **claims), before)


def test_a_form_brings_nothing_about(browser: Browser, change: tuple[str, str, Any]) -> None:
    before = everything()
    method, path, _ = change
    for content_type, body in FORMS.values():
        answer = browser.send(method, path, body, content_type)
        assert_refused(answer, answer.status_code, REFUSED_AS[answer.status_code])
        assert not answer.cookies
        assert everything() == before


@pytest.mark.parametrize("change", [name for name, (*_, body) in CHANGES.items() if body], indirect=True)
def test_a_form_brings_nothing_about_even_if_it_knows_the_token(browser: Browser, change: tuple[str, str, Any]) -> None:
    before = everything()
    method, path, _ = change
    for content_type, body in [form for form in FORMS.values() if form[1]]:
        answer = browser.send(method, path, body, content_type, HTTP_X_CSRF_TOKEN=browser.csrf_token)
        assert_refused(answer, 415, "unsupported_media_type")
        assert everything() == before


def test_a_method_is_what_the_request_line_says(browser: Browser, change: tuple[str, str, Any]) -> None:
    before = everything()
    method, path, body = change
    for override in ("HTTP_X_HTTP_METHOD_OVERRIDE", "HTTP_X_HTTP_METHOD", "HTTP_X_METHOD_OVERRIDE"):
        assert_without_effect(browser.send(method, path, body, **{override: "GET"}), before)
        for sent in ("GET", "POST"):
            headers = {override: method, "HTTP_X_FORWARDED_METHOD": method}
            answer = browser.send(sent, f"{path}?_method={method}", body, **headers)
            assert answer.status_code in {200, 400, 403, 405}
            assert everything() == before


READS: Final = ("/auth/user", "/auth/sessions", "/auth/csrf", "/auth/forward/orders")
UPGRADE: Final = {"HTTP_CONNECTION": "Upgrade", "HTTP_UPGRADE": "websocket", "HTTP_SEC_WEBSOCKET_VERSION": "13"}


@pytest.mark.parametrize("origin", ["https://evil.example", "http://evil.localhost:8000", "null", ""])
@pytest.mark.parametrize("headers", [{}, UPGRADE], ids=["read", "websocket"])
def test_a_script_of_another_origin_does_not_even_read(
    browser: Browser, origin: str, headers: dict[str, str], settings: Settings
) -> None:
    """No browser keeps a page from opening a WebSocket to another origin, cookies and all; a service behind the gateway
    would take it for the person's own.
    """
    settings.CORS_ALLOWED_ORIGINS = ["https://evil.example"]
    for path in READS:
        for method in ("GET", "HEAD"):
            answer = browser.send(method, path, HTTP_ORIGIN=origin, **headers)
            assert answer.status_code == 403
            assert "X-Auth-User-Id" not in answer.headers
            assert browser.csrf_token not in answer.content.decode()
        assert browser.send("GET", path, HTTP_ORIGIN="http://localhost:8000", **headers).status_code == 200


def test_a_link_from_elsewhere_still_leads_in(browser: Browser) -> None:
    """It has no Origin, and the site that it names is another one."""
    for site in ("cross-site", "same-site", "none"):
        answer = browser.send("GET", "/auth/forward/orders", HTTP_SEC_FETCH_SITE=site)
        assert answer.status_code == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "PROPFIND"])
def test_the_gateway_door_lets_no_forged_change_through(
    browser: Browser, make_user: MakeUser, staff: User, method: str
) -> None:
    wrong = ["", "c", *tokens_of_others(staff, make_user)]
    own = {"HTTP_X_CSRF_TOKEN": browser.csrf_token}
    for sent, headers in ((method, {}), ("GET", {"HTTP_X_FORWARDED_METHOD": method})):
        assert browser.send(sent, "/auth/forward/orders", **headers | own).status_code == 200
        assert_refused(browser.send(sent, "/auth/forward/orders", **headers), 403, "csrf_failed")
        for token in wrong:
            answer = browser.send(sent, "/auth/forward/orders", **headers | {"HTTP_X_CSRF_TOKEN": token})
            assert_refused(answer, 403, "csrf_failed")
        for foreign in ({"HTTP_SEC_FETCH_SITE": "cross-site"}, {"HTTP_ORIGIN": "https://evil.example"}):
            answer = browser.send(sent, "/auth/forward/orders", **headers | own | foreign)
            assert_refused(answer, 403, "csrf_failed")
            assert "X-Auth-User-Id" not in answer.headers


def test_the_gateway_door_takes_the_unsafe_one_of_two_methods(browser: Browser) -> None:
    answer = browser.send("POST", "/auth/forward", HTTP_X_FORWARDED_METHOD="GET")
    assert_refused(answer, 403, "csrf_failed")
    assert browser.send("GET", "/auth/forward", HTTP_X_FORWARDED_METHOD="HEAD").status_code == 200


@pytest.mark.parametrize(
    "foreign",
    [{"HTTP_SEC_FETCH_SITE": "cross-site"}, {"HTTP_SEC_FETCH_SITE": "same-site"}, {"HTTP_ORIGIN": "https://evil.example"},
     {"HTTP_ORIGIN": "null"}],
)  # fmt: skip
def test_nobody_is_signed_in_by_a_page_of_somebody_else(user: User, foreign: dict[str, str]) -> None:
    """Who would go on in the attacker's account without noticing."""
    before = everything()
    answer = Browser().sign_in(user, **foreign)
    assert_refused(answer, 403, "csrf_failed")
    assert not answer.cookies
    assert everything() == before


@pytest.mark.parametrize("content_type", [content_type for content_type, _ in FORMS.values()])
def test_no_form_signs_anybody_in(user: User, content_type: str) -> None:
    body = f'{{"email": "{user.email}", "password": "{PASSWORD}"}}'.encode()
    for headers in ({}, {"HTTP_X_AUTH_TRANSPORT": "cookie"}):
        answer = Browser().send("POST", "/auth/login", body, content_type, **headers)
        assert_refused(answer, 415, "unsupported_media_type")
        assert not answer.cookies
    assert not Session.objects.exists()


def test_the_token_of_the_session_before_is_dead_with_it(browser: Browser, staff: User) -> None:
    before = browser.csrf_token
    browser.sign_in(staff)
    assert browser.csrf_token != before
    answer = browser.send("PATCH", "/auth/user", {"first_name": "Mallory"}, HTTP_X_CSRF_TOKEN=before)
    assert_refused(answer, 403, "csrf_failed")
    assert {csrf.token_of(session) for session in Session.objects.all()} == {before, browser.csrf_token}
