"""A token that its holder could not use is not issued: a browser drops a cookie of more than 4,096 bytes without a
word, and more than 8,192 characters are no token to ourselves.
"""

from typing import Any, Final

import pytest
import structlog
from django.contrib.auth.models import Group
from django.db.models import F
from django.db.models.functions import Now
from rest_framework.response import Response
from rest_framework.test import APIClient

from accounts.errors import TokenTooLarge
from accounts.models import Algorithm, Session, User
from accounts.rest import cookies
from accounts.tests.support import memory
from accounts.tests.support.browsers import Browser, everything
from accounts.tests.support.factories import PASSWORD, Bearer, SignIn
from accounts.tests.support.forging import claims_of, resigned
from accounts.tests.support.refusals import assert_refused

pytestmark = pytest.mark.django_db

COOKIE_BYTES: Final = 4096
TOKEN_CHARACTERS: Final = 8192


@pytest.fixture(params=[Algorithm.ES256, Algorithm.RS256])
def _algorithm(request: pytest.FixtureRequest, settings: Any) -> None:
    settings.AUTH_ALGORITHM = request.param


def put_into_groups(user: User, characters: int) -> None:
    """Whose names have so many characters: as many bytes more in a token, and a third of it on top."""
    names = [f"{number:04d}{'g' * 96}" for number in range(characters // 100)]
    user.groups.add(*Group.objects.bulk_create(Group(name=name) for name in names))
    memory.forget()


def longest(browser: Browser) -> int:
    return max(len(f"{name}={morsel.value}") for name, morsel in browser.cookies.items())


def test_no_cookie_is_larger_than_a_browser_takes(user: User) -> None:
    """Ever larger, until it's refused: up to there everything goes well, and from there on nothing is begun."""
    last = 0
    for number in range(60):
        before = everything()
        browser = Browser()
        answer = browser.sign_in(user)
        if answer.status_code != 200:
            break
        last = longest(browser)
        assert last <= COOKIE_BYTES
        user.groups.add(Group.objects.create(name=f"{number:04d}{'g' * 60}"))
    assert_refused(answer, 409, "token_too_large")
    assert not answer.cookies
    assert last > COOKIE_BYTES - 100
    assert {name: len(rows) for name, rows in everything().items() if name == "Session"} == {
        "Session": len(before["Session"])
    }


def test_a_session_whose_next_cookie_would_be_dropped_is_not_rotated(user: User) -> None:
    """Or the browser would keep the token before, and refresh with it for ever."""
    browser = Browser.of(user)
    put_into_groups(user, 3000)
    before = everything()
    answer = browser.act("POST", "/auth/refresh")
    assert_refused(answer, 409, "token_too_large")
    assert not answer.cookies
    assert everything() == before
    user.groups.clear()
    assert browser.act("POST", "/auth/refresh").status_code == 200


@pytest.mark.parametrize("characters", [3000, 9000])
def test_theft_is_noticed_of_a_session_that_can_not_be_renewed(user: User, api: APIClient, characters: int) -> None:
    browser = Browser.of(user)
    stolen = browser.value("refresh")
    old = resigned(stolen, claims={"iat": claims_of(stolen)["iat"] - 600})
    Session.objects.update(generation=F("generation") + 3)
    put_into_groups(user, characters)
    assert_refused(api.post("/auth/refresh", {"refresh": old}), 401, "refresh_token_reused")
    assert not Session.objects.open().exists()


def test_an_ended_session_says_so_however_large_its_token(user: User) -> None:
    browser = Browser.of(user)
    put_into_groups(user, 9000)
    Session.objects.update(revoked_at=Now())
    assert_refused(browser.act("POST", "/auth/refresh"), 401, "session_revoked")


def test_a_bearer_may_have_what_no_cookie_holds(user: User, sign_in: SignIn, bearer: Bearer, api: APIClient) -> None:
    put_into_groups(user, 3000)
    tokens = sign_in(user)
    assert len(tokens.access) > COOKIE_BYTES
    assert bearer(tokens.access).get("/auth/user").status_code == 200
    assert api.post("/auth/refresh", {"refresh": tokens.refresh}).status_code == 200


@pytest.mark.usefixtures("_algorithm")
def test_what_we_would_refuse_is_not_issued(user: User, sign_in: SignIn, bearer: Bearer, api: APIClient) -> None:
    for number in range(90):
        tokens = sign_in(user)
        assert len(tokens.access) <= TOKEN_CHARACTERS
        assert bearer(tokens.access).get("/auth/user").status_code == 200
        user.groups.add(Group.objects.create(name=f"{number:04d}{'g' * 146}"))
        memory.forget()
        if len(tokens.access) > TOKEN_CHARACTERS - 200:
            break
    before = everything()
    answer = api.post("/auth/refresh", {"refresh": tokens.refresh})
    assert_refused(answer, 409, "token_too_large")
    assert everything() == before
    answer = api.post("/auth/login", {"email": user.email, "password": PASSWORD})
    assert_refused(answer, 409, "token_too_large")
    assert "Session" in before
    assert everything()["Session"] == before["Session"]


def test_it_is_told_in_the_log_with_the_setting_that_helps(user: User, api: APIClient) -> None:
    put_into_groups(user, 9000)
    with structlog.testing.capture_logs() as lines:
        api.post("/auth/login", {"email": user.email, "password": PASSWORD})
    (line,) = [line for line in lines if line["event"] == "token_too_large"]
    assert line["log_level"] == "error"
    assert "AUTH_ACCESS_CLAIMS" in line["hint"]
    assert line["length"] > line["at_most"] == TOKEN_CHARACTERS


def test_a_wrong_password_does_not_tell_how_large_a_token_would_be(user: User, api: APIClient) -> None:
    put_into_groups(user, 9000)
    assert_refused(api.post("/auth/login", {"email": user.email, "password": "wrong"}), 401, "invalid_credentials")


class Made:
    """Tokens of any size."""

    refresh_expires_in = 1

    def __init__(self, access: str, refresh: str) -> None:
        self.access, self.refresh = access, refresh


@pytest.mark.parametrize("kind", ["access", "refresh"])
def test_neither_cookie_is_handed_out_beyond_its_size(kind: str) -> None:
    room = COOKIE_BYTES - len(f"{kind}=")
    for length, is_taken in ((room, True), (room + 1, False)):
        made = Made(**{"access": "a", "refresh": "r"} | {kind: "x" * length})
        response = Response()
        if is_taken:
            cookies.hand_out(response, made)
            assert len(response.cookies) == 2
        else:
            with pytest.raises(TokenTooLarge):
                cookies.hand_out(response, made)
            assert not response.cookies
