"""A Cookie header with a byte beyond ASCII, which a script anywhere on the domain can bring about: the server hands on
an empty one, or an empty part of several. Nobody is told that a session ended which is still open.
"""

from typing import Any, Final

import pytest
from rest_framework.test import APIClient

from accounts.models import Session, User
from accounts.tests.graphql import asking
from accounts.tests.support.browsers import Browser, everything
from accounts.tests.support.factories import Bearer
from accounts.tests.support.refusals import assert_refused

pytestmark = pytest.mark.django_db

LEFT_OUT: Final = ["", ";theme=dark", "theme=dark;", "theme=dark; ;lang=fi"]


@pytest.fixture(params=LEFT_OUT)
def header(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def browser(user: User) -> Browser:
    return Browser.of(user)


def assert_told(answer: Any) -> None:
    assert_refused(answer, 401, "token_invalid")
    assert "beyond ASCII" in answer.json()["detail"]


def test_logout_says_that_the_session_goes_on_and_takes_the_cookies(browser: Browser, header: str) -> None:
    captured, before = browser.header_for("/auth/user"), everything()
    assert_told(browser.act("POST", "/auth/logout", HTTP_COOKIE=header))
    assert not browser.cookies
    assert everything() == before
    assert browser.send("GET", "/auth/user", HTTP_COOKIE=captured).status_code == 200


def test_every_door_of_cookie_mode_says_what_is_wrong(browser: Browser, header: str) -> None:
    before = everything()
    for method, path in [
        ("GET", "/auth/user"), ("PATCH", "/auth/user"), ("GET", "/auth/csrf"), ("POST", "/auth/refresh"),
        ("GET", "/auth/forward"), ("POST", "/auth/forward"), ("GET", "/auth/sessions"),
    ]:  # fmt: skip
        answer = browser.act(method, path, HTTP_COOKIE=header)
        assert_told(answer)
        assert not answer.cookies
    answer = browser.act("POST", "/graphql", {"query": "{ me { id } }"}, HTTP_COOKIE=header)
    assert asking.read(answer).code == "token_invalid"
    assert everything() == before


def test_nobody_signs_in_whose_next_request_would_be_refused(user: User, header: str) -> None:
    answer = Browser().sign_in(user, HTTP_COOKIE=header)
    assert_told(answer)
    assert not answer.cookies
    assert not Session.objects.exists()


def test_to_a_bearer_it_makes_no_difference(browser: Browser, bearer: Bearer, header: str) -> None:
    client = bearer(browser.value("access"))
    assert client.get("/auth/user", HTTP_COOKIE=header).status_code == 200
    assert client.post("/auth/logout", HTTP_COOKIE=header).status_code == 204


def test_without_any_cookie_header_nothing_was_left_out(api: APIClient) -> None:
    assert_refused(api.get("/auth/user"), 401, "not_authenticated")
    assert api.post("/auth/logout", HTTP_X_CSRF_TOKEN="c").status_code == 204
