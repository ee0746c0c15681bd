"""GraphQL in cookie mode: a POST with the CSRF token; signing in, refreshing and signing out are REST's."""

import json
from typing import Any, Final

import pytest

from accounts.models import Session, User
from accounts.tests.graphql import asking
from accounts.tests.graphql.asking import Answer
from accounts.tests.support.browsers import Browser, everything
from accounts.tests.support.factories import PASSWORD, MakeUser, SignIn, Tokens

pytestmark = pytest.mark.django_db

ME: Final = "{ me { id firstName } }"
CHANGE: Final = 'mutation { updateMe(input: {firstName: "Mallory"}) { user { firstName } } }'
LOGOUT: Final = "mutation { logout { ok } }"


@pytest.fixture
def browser(user: User) -> Browser:
    return Browser.of(user)


def ask(browser: Browser, query: str, **headers: str) -> Answer:
    """As a page of ours does."""
    return asking.read(browser.act("POST", "/graphql", {"query": query}, **headers))


def test_a_page_of_ours_asks_and_changes(browser: Browser, user: User) -> None:
    assert ask(browser, ME).data["me"]["id"] == str(user.pk)
    assert ask(browser, CHANGE).data["updateMe"]["user"]["firstName"] == "Mallory"


@pytest.mark.parametrize("query", [ME, CHANGE])
@pytest.mark.parametrize(
    "headers",
    [{"HTTP_X_CSRF_TOKEN": ""}, {"HTTP_X_CSRF_TOKEN": "c"}, {"HTTP_SEC_FETCH_SITE": "cross-site"},
     {"HTTP_SEC_FETCH_SITE": "same-site"}, {"HTTP_ORIGIN": "https://evil.example"}, {"HTTP_ORIGIN": "null"}],
)  # fmt: skip
def test_a_page_of_anybody_else_neither_asks_nor_changes(browser: Browser, query: str, headers: dict[str, str]) -> None:
    before = everything()
    answer = ask(browser, query, **headers)
    assert (answer.code, answer.body["data"] or {}) in [("csrf_failed", {}), ("csrf_failed", {"updateMe": None})]
    assert everything() == before


def test_without_any_csrf_token_or_with_another_persons(browser: Browser, make_user: MakeUser) -> None:
    foreign = Browser.of(make_user()).csrf_token
    before = everything()
    sent = [
        browser.send("POST", "/graphql", {"query": CHANGE}, **headers)
        for headers in ({}, {"HTTP_X_CSRF_TOKEN": foreign})
    ]
    assert {asking.read(answer).code for answer in sent} == {"csrf_failed"}
    assert everything() == before


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_nothing_but_json_is_read(browser: Browser, content_type: str) -> None:
    before = everything()
    body = json.dumps({"query": CHANGE}).encode()
    answer = browser.send("POST", "/graphql", body, content_type, HTTP_X_CSRF_TOKEN=browser.csrf_token)
    assert answer.status_code == 415
    assert everything() == before


def test_a_get_reads_no_cookie(browser: Browser) -> None:
    """Not even with the token: what a link can ask is asked by nobody."""
    answer: Any = browser.act("GET", f"/graphql?query={ME}")
    assert asking.read(answer).code == "not_authenticated"


def test_a_get_still_knows_a_bearer(browser: Browser, user: User) -> None:
    bearer = f"Bearer {browser.value('access')}"
    answer = asking.read(browser.send("GET", f"/graphql?query={ME}", HTTP_AUTHORIZATION=bearer))
    assert answer.data["me"]["id"] == str(user.pk)


def test_a_header_wins_and_a_bad_one_never_falls_back(browser: Browser, make_user: MakeUser, sign_in: SignIn) -> None:
    other = make_user()
    bearer = f"Bearer {sign_in(other).access}"
    assert ask(browser, ME, HTTP_AUTHORIZATION=bearer).data["me"]["id"] == str(other.pk)
    for bad, code in {"Bearer a.b.c": "token_invalid", "Basic YTpi": "token_invalid", "": "not_authenticated"}.items():
        assert ask(browser, ME, HTTP_AUTHORIZATION=bad).code == code


def test_signing_out_by_graphql_takes_a_token(browser: Browser) -> None:
    """It could end the session, but not take the cookies back."""
    assert ask(browser, LOGOUT).code == "not_authenticated"
    assert Session.objects.open().count() == 1


def test_signing_in_and_refreshing_by_graphql_set_no_cookie(browser: Browser, user: User, tokens: Tokens) -> None:
    login = f'mutation {{ login(input: {{email: "{user.email}", password: "{PASSWORD}"}}) {{ access }} }}'
    assert ask(browser, login, HTTP_X_AUTH_TRANSPORT="cookie").data["login"]["access"]
    refresh = f'mutation {{ refreshToken(input: {{refresh: "{tokens.refresh}"}}) {{ access }} }}'
    assert ask(browser, refresh).data["refreshToken"]["access"]


def test_a_captured_cookie_is_dead_after_logout(browser: Browser) -> None:
    captured = browser.header_for("/graphql")
    browser.act("POST", "/auth/logout")
    assert ask(browser, ME, HTTP_COOKIE=captured).code == "session_revoked"
