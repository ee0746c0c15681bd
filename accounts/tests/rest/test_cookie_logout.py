"""Signing out of cookie mode: the session ends, and the browser gives back exactly what it was given."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.models import Session, SigningKey, User
from accounts.models.sessions import SessionQuerySet
from accounts.models.signing_keys import KeyPurpose
from accounts.tests.graphql import asking
from accounts.tests.rest.test_cookie_mode import ISSUERS, expire
from accounts.tests.support import memory, service_clients
from accounts.tests.support.browsers import Browser, code_of, everything
from accounts.tests.support.factories import SignIn
from accounts.tests.support.refusals import assert_refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(user: User) -> Browser:
    return Browser.of(user)


@pytest.mark.parametrize("issuer", ISSUERS)
def test_logout_takes_back_what_login_set(user: User, settings: Settings, issuer: str) -> None:
    settings.AUTH_ISSUER = issuer
    browser = Browser()
    given = browser.sign_in(user).cookies
    taken = browser.act("POST", "/auth/logout").cookies
    identity = ("path", "domain", "secure", "httponly", "samesite")
    assert {name: [m[each] for each in identity] for name, m in taken.items()} == {
        name: [m[each] for each in identity] for name, m in given.items()
    }
    assert {(m.value, m["max-age"]) for m in taken.values()} == {("", 0)}
    assert not browser.cookies
    assert not Session.objects.open().exists()


def test_a_captured_cookie_is_dead_after_logout(browser: Browser, user: User) -> None:
    captured, token = {path: browser.header_for(path) for path in ("/auth", "/graphql")}, browser.csrf_token
    assert browser.act("POST", "/auth/logout").status_code == 204
    before = everything()
    headers = {"HTTP_COOKIE": captured["/auth"], "HTTP_X_CSRF_TOKEN": token}
    thief = Browser()
    for method, path in [
        ("GET", "/auth/user"), ("PATCH", "/auth/user"), ("GET", "/auth/sessions"), ("GET", "/auth/csrf"),
        ("POST", "/auth/refresh"), ("POST", "/auth/user/delete"), ("GET", "/auth/forward"), ("POST", "/auth/forward"),
    ]:  # fmt: skip
        assert_refused(thief.send(method, path, **headers), 401, "session_revoked")
    ask = {"query": "{ me { id } }"}
    answer = asking.read(APIClient().post("/graphql", ask, HTTP_COOKIE=captured["/graphql"], HTTP_X_CSRF_TOKEN=token))
    assert answer.code == "session_revoked"
    assert everything() == before


def test_an_expired_access_token_keeps_nobody_in(browser: Browser) -> None:
    expire(browser)
    assert browser.act("POST", "/auth/logout").status_code == 204
    assert not browser.cookies
    assert not Session.objects.open().exists()


def revoke() -> None:
    Session.objects.revoke("invalidated")  # type: ignore[arg-type]


def remove() -> None:
    Session.objects.all().delete()


def suspend() -> None:
    User.objects.update(is_active=False)


@pytest.mark.parametrize("is_expired", [False, True])
@pytest.mark.parametrize("over", [revoke, remove, suspend])
def test_a_session_that_is_over_is_taken_out_of_the_browser(
    browser: Browser, over: Callable[[], Any], is_expired: bool
) -> None:
    if is_expired:
        expire(browser)
    over()
    memory.forget()
    assert browser.act("POST", "/auth/logout").status_code == 204
    assert not browser.cookies


def test_repeating_does_no_harm(browser: Browser) -> None:
    for _ in range(2):
        assert browser.act("POST", "/auth/logout").status_code == 204
    assert_refused(browser.act("POST", "/auth/logout", {"scope": "all"}), 401, "session_revoked")


@pytest.mark.parametrize(("scope", "open_after", "is_in"), [("this", 1, False), ("others", 1, True), ("all", 0, False)])
def test_the_scope_says_who_leaves_and_whether_the_cookies_go(
    browser: Browser, user: User, sign_in: SignIn, scope: str, open_after: int, is_in: bool
) -> None:
    sign_in(user)
    assert browser.act("POST", "/auth/logout", {"scope": scope}).status_code == 204
    assert Session.objects.open().count() == open_after
    assert bool(browser.cookies) == is_in
    assert (browser.send("GET", "/auth/user").status_code == 200) == is_in


def test_nobody_is_signed_out_without_the_csrf_token(browser: Browser, user: User, sign_in: SignIn) -> None:
    sign_in(user)
    before = everything()
    for is_expired in (False, True):
        if is_expired:
            expire(browser)
        for scope in ("this", "others", "all"):
            for headers in ({}, {"HTTP_X_CSRF_TOKEN": "c"}):
                answer = browser.send("POST", "/auth/logout", {"scope": scope}, **headers)
                assert_refused(answer, 403, "csrf_failed")
                assert not answer.cookies
    assert everything() == before


def test_a_forgotten_session_is_not_taken_out_by_a_form_of_another_page(browser: Browser) -> None:
    remove()
    memory.forget()
    answer = browser.send("POST", "/auth/logout")
    assert code_of(answer) == "csrf_failed"
    assert not answer.cookies


def no_token(browser: Browser) -> str:
    return f"access=garbage; refresh={browser.value('refresh')}"


def the_other_kind(browser: Browser) -> str:
    return f"access={browser.value('refresh')}; refresh={browser.value('refresh')}"


def of_a_service(browser: Browser) -> str:
    return f"access={service_clients.token_of(service_clients.make())}; refresh={browser.value('refresh')}"


def the_refresh_cookie_alone(browser: Browser) -> str:
    return f"refresh={browser.value('refresh')}"


def two(browser: Browser) -> str:
    return f"access=a.b.c; {browser.header_for('/auth')}"


Shown = Callable[[Browser], str]


@pytest.mark.parametrize("shown", [no_token, the_other_kind, of_a_service, the_refresh_cookie_alone, two])
@pytest.mark.parametrize("scope", ["this", "all", "others"])
def test_what_proves_no_session_goes_and_the_page_is_told_that_none_ended(
    browser: Browser, shown: Shown, scope: str
) -> None:
    """Or the browser would have it for good; the page can say so, and a new sign-in ends the session from elsewhere."""
    cookies = shown(browser)
    before = everything()
    answer = browser.act("POST", "/auth/logout", {"scope": scope}, HTTP_COOKIE=cookies)
    assert_refused(answer, 401, code_of(answer))
    assert {(m.value, m["max-age"]) for m in answer.cookies.values()} == (set() if scope == "others" else {("", 0)})
    assert bool(browser.cookies) == (scope == "others")
    assert everything() == before


@pytest.mark.parametrize("shown", [no_token, the_other_kind, the_refresh_cookie_alone, two])
@pytest.mark.parametrize("headers", [{}, {"HTTP_ORIGIN": "null"}, {"HTTP_SEC_FETCH_SITE": "same-site"}], ids=str)
def test_no_other_page_takes_them_away(browser: Browser, shown: Shown, headers: dict[str, str]) -> None:
    own = {"HTTP_X_CSRF_TOKEN": browser.csrf_token} if headers else {}
    answer = browser.send("POST", "/auth/logout", HTTP_COOKIE=shown(browser), **headers, **own)
    assert_refused(answer, 403, "csrf_failed")
    assert not answer.cookies


def test_the_access_cookie_alone_ends_its_session_however_old(browser: Browser) -> None:
    """The refresh cookie may have been driven out of the browser, or come twice."""
    expire(browser)
    cookies = f"access={browser.value('access')}"
    assert_refused(browser.send("POST", "/auth/logout", HTTP_COOKIE=cookies, HTTP_X_CSRF_TOKEN="c"), 403, "csrf_failed")
    assert browser.act("POST", "/auth/logout", HTTP_COOKIE=cookies).status_code == 204
    assert not Session.objects.open().exists()


@pytest.mark.parametrize("is_forgotten", [False, True])
def test_where_its_key_is_gone_both_cookies_do(browser: Browser, is_forgotten: bool) -> None:
    SigningKey.objects.filter(purpose=KeyPurpose.ACCESS).delete()
    if is_forgotten:
        remove()
    memory.forget()
    assert browser.act("POST", "/auth/logout").status_code == 204
    assert not browser.cookies
    assert not Session.objects.open().exists()


def test_a_database_that_is_away_takes_no_cookies(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody knows yet, and the page tries again."""

    def away(*_: Any, **__: Any) -> None:
        raise OperationalError

    monkeypatch.setattr(SessionQuerySet, "find_whole", away)
    answer = browser.act("POST", "/auth/logout")
    assert (answer.status_code, dict(answer.cookies)) == (503, {})
