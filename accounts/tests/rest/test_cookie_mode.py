"""Cookie mode as a page of ours uses it: sign in, load again, change something, refresh, sign out."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from drf_spectacular.generators import SchemaGenerator
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.keys.ring import ring
from accounts.models import Session, SigningKey, User
from accounts.models.signing_keys import KeyPurpose
from accounts.tests.support import memory
from accounts.tests.support.browsers import Browser, code_of, everything
from accounts.tests.support.factories import PASSWORD, Bearer, MakeUser, SignIn
from accounts.tests.support.forging import claims_of, resigned
from accounts.tests.support.refusals import assert_field_refused, assert_refused

pytestmark = pytest.mark.django_db

ISSUERS = {"http://localhost:8000": ("access", "refresh"), "https://auth.test": ("__Host-access", "__Secure-refresh")}


@pytest.fixture
def browser(user: User) -> Browser:
    return Browser.of(user)


def expire(browser: Browser) -> None:
    """The access token of the cookie: signed as truly, but over."""
    for name, morsel in browser.cookies.items():
        if name.endswith("access"):
            old = {"iat": 1_600_000_000, "nbf": 1_600_000_000, "exp": 1_600_000_300}
            browser.cookies[name].set(name, *[resigned(morsel.value, claims=old)] * 2)


@pytest.mark.parametrize(("issuer", "names"), ISSUERS.items())
def test_a_sign_in_puts_the_tokens_into_cookies_alone(
    user: User, settings: Settings, issuer: str, names: tuple[str, str]
) -> None:
    settings.AUTH_ISSUER = issuer
    browser = Browser()
    answer = browser.sign_in(user)
    assert answer.headers["Cache-Control"] == "no-store"
    body = answer.json()
    assert set(body) == {"csrf_token", "expires_in", "refresh_expires_in", "user"}
    assert (body["expires_in"], body["user"]["id"]) == (300, str(user.pk))
    assert {browser.value("access"), browser.value("refresh")}.isdisjoint(answer.content.decode().split('"'))
    kept = {name: (m["path"], m["max-age"], m["samesite"]) for name, m in browser.cookies.items()}
    life = body["refresh_expires_in"]
    assert kept == {names[0]: ("/", life, "Lax"), names[1]: ("/auth", life, "Lax")}
    assert life == pytest.approx(14 * 86_400, abs=2)
    for morsel in browser.cookies.values():
        assert (bool(morsel["httponly"]), bool(morsel["secure"]), morsel["domain"]) == (True, "__" in names[0], "")


@pytest.mark.parametrize(("issuer", "names"), ISSUERS.items())
def test_a_whole_visit(user: User, settings: Settings, issuer: str, names: tuple[str, str]) -> None:
    settings.AUTH_ISSUER = issuer
    browser = Browser.of(user)
    assert browser.send("GET", "/auth/user").json()["id"] == str(user.pk)
    assert browser.act("PATCH", "/auth/user", {"first_name": "Ada"}).json()["first_name"] == "Ada"
    before = browser.value("refresh")
    refreshed = browser.act("POST", "/auth/refresh")
    assert set(refreshed.json()) == {"csrf_token", "expires_in", "refresh_expires_in"}
    assert set(refreshed.cookies) == set(names)
    assert refreshed.json()["csrf_token"] == browser.csrf_token
    assert browser.value("refresh") != before
    assert browser.act("DELETE", f"/auth/sessions/{Session.objects.get().pk}").status_code == 204


def test_its_answers_are_in_the_api_document(browser: Browser, user: User) -> None:
    """A status has one answer there, so that clients need not tell two apart: these stand beside it, and are named."""
    generator = SchemaGenerator(urlconf="accounts.rest.urls")  # type: ignore[no-untyped-call]
    document: Any = generator.get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    answers = {
        "CookieLoginResponse": browser.sign_in(user),
        "CookieTokenResponse": browser.act("POST", "/auth/refresh"),
        "CsrfResponse": browser.send("GET", "/auth/csrf"),
    }
    for name, answer in answers.items():
        schema = document["components"]["schemas"][name]
        assert set(answer.json()) == set(schema["required"]) == set(schema["properties"])
        assert name in str(document["paths"])


def test_what_may_change_something_takes_cookie_and_csrf_token_in_the_document() -> None:
    generator = SchemaGenerator(urlconf="accounts.rest.urls")  # type: ignore[no-untyped-call]
    document: Any = generator.get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            needed: dict[str, list[str]] = {"cookie": []} if method == "get" else {"cookie": [], "csrf": []}
            by_cookie = [each for each in operation.get("security", []) if "cookie" in each]
            assert by_cookie in ([], [needed]), path
            assert method == "get" or not by_cookie or "csrf_failed" in str(operation["responses"])
    schemes = document["components"]["securitySchemes"]
    assert (schemes["cookie"]["in"], schemes["cookie"]["name"]) == ("cookie", "__Host-access")
    assert (schemes["csrf"]["in"], schemes["csrf"]["name"]) == ("header", "X-CSRF-Token")


def test_without_the_header_all_is_as_before(user: User, browser: Browser) -> None:
    """Cookies that are there make no difference."""
    answer = browser.send("POST", "/auth/login", {"email": user.email, "password": PASSWORD})
    assert {"access", "refresh"} < set(answer.json())
    assert "csrf_token" not in answer.json()
    assert not answer.cookies


@pytest.mark.parametrize("transport", ["", "Cookie", "cookies", "bearer", "body", "cookie, cookie", " "])
def test_another_transport_is_refused_before_anybody_signs_in(user: User, api: APIClient, transport: str) -> None:
    answer = api.post("/auth/login", {"email": user.email, "password": PASSWORD}, HTTP_X_AUTH_TRANSPORT=transport)
    assert_field_refused(answer, "X-Auth-Transport", "invalid_choice")
    assert not answer.cookies
    assert not Session.objects.exists()


def test_a_wrong_password_sets_no_cookie(user: User, api: APIClient) -> None:
    answer = api.post("/auth/login", {"email": user.email, "password": "wrong"}, HTTP_X_AUTH_TRANSPORT="cookie")
    assert_refused(answer, 401, "invalid_credentials")
    assert not answer.cookies


def test_a_page_that_was_loaded_again_learns_its_token(browser: Browser) -> None:
    answer = browser.send("GET", "/auth/csrf")
    assert answer.json() == {"csrf_token": browser.csrf_token}
    assert answer.headers["Cache-Control"] == "no-store"
    assert not answer.cookies


def test_also_when_the_access_token_has_expired(browser: Browser) -> None:
    expire(browser)
    assert code_of(browser.send("GET", "/auth/user")) == "token_expired"
    assert browser.send("GET", "/auth/csrf").json() == {"csrf_token": browser.csrf_token}
    assert browser.act("POST", "/auth/refresh").status_code == 200
    assert browser.send("GET", "/auth/user").status_code == 200


def test_also_when_the_key_is_gone_that_signed_it(browser: Browser) -> None:
    """Keys are dropped minutes after they signed their last; people come back days later."""
    expire(browser)
    SigningKey.objects.filter(purpose=KeyPurpose.ACCESS).delete()
    memory.forget()
    assert code_of(browser.send("GET", "/auth/user")) == "token_invalid"
    assert ring.find("gone", KeyPurpose.ACCESS) is None
    assert browser.send("GET", "/auth/csrf").json() == {"csrf_token": browser.csrf_token}
    assert browser.act("POST", "/auth/refresh").status_code == 200
    assert browser.act("PATCH", "/auth/user", {"first_name": "Ada"}).status_code == 200
    expire(browser)
    assert browser.act("POST", "/auth/logout").status_code == 204
    assert not Session.objects.open().exists()


def test_the_session_list_tells_the_token_at_the_current_one(user: User, browser: Browser, sign_in: SignIn) -> None:
    sign_in(user)
    rows = browser.send("GET", "/auth/sessions").json()["results"]
    assert [row.get("csrf_token") for row in sorted(rows, key=lambda row: row["current"])] == [None, browser.csrf_token]


def test_to_a_bearer_the_session_list_tells_no_csrf_token(browser: Browser, bearer: Bearer) -> None:
    (row,) = (
        bearer(browser.value("access")).get("/auth/sessions", HTTP_COOKIE=browser.header_for("/auth")).json()["results"]
    )
    assert row["current"]
    assert "csrf_token" not in row


def test_strangers_get_no_csrf_token(api: APIClient, browser: Browser, bearer: Bearer) -> None:
    assert_refused(api.get("/auth/csrf"), 401, "not_authenticated")
    assert_refused(bearer(browser.value("access")).get("/auth/csrf"), 401, "not_authenticated")
    for name in ("access", "refresh"):
        alone = f"{name}={browser.value(name)}"
        assert_refused(api.get("/auth/csrf", HTTP_COOKIE=alone), 401, "not_authenticated")


def test_the_csrf_token_is_never_for_another_origin(browser: Browser, settings: Settings) -> None:
    settings.CORS_ALLOWED_ORIGINS = ["https://app.example.com"]
    answer = browser.send("GET", "/auth/csrf", HTTP_ORIGIN="https://app.example.com")
    assert_refused(answer, 403, "csrf_failed")
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert_refused(browser.send("GET", "/auth/csrf", HTTP_SEC_FETCH_SITE="same-site"), 403, "csrf_failed")


def test_a_header_wins_and_a_bad_one_never_falls_back(browser: Browser, make_user: MakeUser, sign_in: SignIn) -> None:
    other = make_user()
    access = f"Bearer {sign_in(other).access}"
    assert browser.send("GET", "/auth/user", HTTP_AUTHORIZATION=access).json()["id"] == str(other.pk)
    changed = browser.send("PATCH", "/auth/user", {"first_name": "Ada"}, HTTP_AUTHORIZATION=access)
    assert changed.json()["id"] == str(other.pk)
    for bad, code in {"Bearer a.b.c": "token_invalid", "Basic YTpi": "token_invalid", "": "not_authenticated"}.items():
        assert code_of(browser.send("GET", "/auth/user", HTTP_AUTHORIZATION=bad)) == code
        assert code_of(browser.act("POST", "/auth/logout", HTTP_AUTHORIZATION=bad)) == code
        assert_field_refused(browser.act("POST", "/auth/refresh", HTTP_AUTHORIZATION=bad), "refresh", "required")
    assert Session.objects.open().count() == 2


def test_a_refresh_token_in_the_body_counts_as_ever(browser: Browser, user: User, sign_in: SignIn) -> None:
    before, tokens = Session.objects.get(), sign_in(user)
    answer = browser.send("POST", "/auth/refresh", {"refresh": tokens.refresh})
    assert claims_of(answer.json()["access"])["sid"] == claims_of(tokens.access)["sid"] != str(before.pk)
    assert not answer.cookies
    ended = browser.send("POST", "/auth/logout", {"refresh": tokens.refresh})
    assert (ended.status_code, dict(ended.cookies)) == (204, {})
    assert Session.objects.open().get() == before


def test_without_cookies_or_token_a_refresh_is_told_what_is_missing(api: APIClient) -> None:
    assert_field_refused(api.post("/auth/refresh", {}), "refresh", "required")
    assert_refused(api.post("/auth/refresh", {}, HTTP_X_CSRF_TOKEN="c"), 401, "not_authenticated")


def test_two_tabs_that_refresh_at_once_both_go_on(browser: Browser) -> None:
    header = browser.header_for("/auth/refresh")
    for _ in range(2):
        assert browser.act("POST", "/auth/refresh", HTTP_COOKIE=header).status_code == 200
    assert browser.act("POST", "/auth/refresh").status_code == 200


def test_a_cookie_used_again_long_after_ends_the_session(browser: Browser) -> None:
    header = browser.header_for("/auth/refresh")
    browser.act("POST", "/auth/refresh")
    Session.objects.update(rotated_at=F("rotated_at") - timedelta(minutes=5))
    old = browser.value("refresh")
    stolen = resigned(old, claims={"iat": claims_of(old)["iat"] - 600, "gen": 0})
    header = "; ".join([f"refresh={stolen}", f"access={browser.value('access')}"])
    assert_refused(browser.act("POST", "/auth/refresh", HTTP_COOKIE=header), 401, "refresh_token_reused")
    assert not Session.objects.open().exists()


def test_a_refusal_takes_no_cookie_away(browser: Browser) -> None:
    """An answer to the session before would take those of the next one, if it comes late."""
    Session.objects.update(expires_at=F("created_at"))
    memory.forget()
    before = everything()
    for answer in (browser.send("GET", "/auth/user"), browser.send("GET", "/auth/csrf")):
        assert_refused(answer, 401, "session_revoked")
        assert not answer.cookies
    answer = browser.act("POST", "/auth/refresh")
    assert (answer.status_code, dict(answer.cookies)) == (401, {})
    assert everything() == before
