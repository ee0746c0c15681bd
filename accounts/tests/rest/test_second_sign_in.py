"""Signing in once more in one browser: its cookies are replaced, so nobody could end the session that they were of."""

from typing import Any, Final

import pytest
from rest_framework.test import APIClient

from accounts.models import AuditEvent, EventType, Session, User
from accounts.tests.rest.test_cookie_mode import expire
from accounts.tests.support.browsers import Browser, code_of
from accounts.tests.support.factories import PASSWORD, MakeUser, SignIn
from accounts.tests.support.forging import part

pytestmark = pytest.mark.django_db

HEADER: Final = "HTTP_X_AUTH_TRANSPORT"


@pytest.fixture
def browser(user: User) -> Browser:
    return Browser.of(user)


@pytest.mark.parametrize("is_expired", [False, True])
def test_the_session_before_ends(browser: Browser, user: User, is_expired: bool) -> None:
    before = Session.objects.get()
    captured = browser.header_for("/auth/refresh")
    if is_expired:
        expire(browser)
    assert browser.sign_in(user).status_code == 200
    before.refresh_from_db()
    assert before.revocation_reason == "logout"
    assert Session.objects.open().exclude(pk=before.pk).count() == 1
    assert browser.send("GET", "/auth/user").status_code == 200
    assert Browser().send("POST", "/auth/refresh", HTTP_COOKIE=captured).status_code in {401, 403}
    assert AuditEvent.objects.filter(type=EventType.SESSIONS_REVOKED, session=before.pk).exists()


def test_also_that_of_somebody_else(browser: Browser, user: User, make_user: MakeUser) -> None:
    other = make_user()
    assert browser.sign_in(other).status_code == 200
    assert Session.objects.open().get().user == other


def test_no_other_browsers(browser: Browser, user: User, sign_in: SignIn) -> None:
    sign_in(user)
    elsewhere = Browser.of(user)
    browser.sign_in(user)
    assert elsewhere.send("GET", "/auth/user").status_code == 200
    assert Session.objects.open().count() == 3


def test_not_before_the_password_is_right(browser: Browser, user: User) -> None:
    wrong = {"email": user.email, "password": "wrong"}
    assert browser.send("POST", "/auth/login", wrong, **{HEADER: "cookie"}).status_code == 401
    assert browser.send("GET", "/auth/user").status_code == 200


def test_not_for_another_page(browser: Browser, user: User) -> None:
    assert code_of(browser.sign_in(user, HTTP_ORIGIN="https://evil.example")) == "csrf_failed"
    assert browser.send("GET", "/auth/user").status_code == 200


def test_not_where_the_tokens_are_in_the_answer(browser: Browser, user: User) -> None:
    """Then the cookies stay."""
    assert browser.send("POST", "/auth/login", {"email": user.email, "password": PASSWORD}).status_code == 200
    assert browser.send("GET", "/auth/user").status_code == 200


@pytest.mark.parametrize("kind", ["unsigned", "twice", "refresh alone", "with a header", "garbage", "another kind"])
def test_cookies_that_prove_no_session_end_none(
    browser: Browser, user: User, api: APIClient, sign_in: SignIn, kind: str
) -> None:
    access, refresh = browser.value("access"), browser.value("refresh")
    sent = {
        "unsigned": f"access={access.rpartition('.')[0]}.{part(b'nothing')}",
        "twice": f"access={access}; access={access}; refresh={refresh}",
        "refresh alone": f"refresh={refresh}",
        "with a header": f"access={access}; refresh={refresh}",
        "garbage": "access=a; refresh=b",
        "another kind": f"access={refresh}; refresh={refresh}",
    }[kind]
    headers: dict[str, Any] = {"HTTP_AUTHORIZATION": "Bearer a.b.c"} if kind == "with a header" else {}
    credentials = {"email": user.email, "password": PASSWORD}
    headers |= {HEADER: "cookie", "HTTP_COOKIE": sent}
    answer = api.post("/auth/login", credentials, **headers)
    assert answer.status_code == 200
    assert Session.objects.open().count() == 2
