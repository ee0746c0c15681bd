"""`POST /auth/login`."""

from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.errors import Busy
from accounts.models import Session, User
from accounts.services import sign_in
from accounts.services.sign_in import SecondFactorRequired
from accounts.tests.support.factories import MakeUser
from accounts.tests.support.forging import claims_of
from accounts.tests.support.refusals import assert_refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(make_user: MakeUser) -> User:
    return make_user("ada@example.com", first_name="Ada")


def test_a_sign_in_hands_out_tokens_and_the_user(api: APIClient, ada: User, password: str) -> None:
    answer = api.post("/auth/login", {"email": "ada@example.com", "password": password})
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    body = answer.json()
    assert set(body) == {"access", "refresh", "token_type", "expires_in", "refresh_expires_in", "user"}
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 300)
    assert body["refresh_expires_in"] == pytest.approx(14 * 86_400, abs=2)
    assert (body["user"]["id"], body["user"]["first_name"]) == (str(ada.pk), "Ada")
    assert body["user"]["last_login"] is not None
    assert claims_of(body["access"])["sub"] == str(ada.pk)


@pytest.mark.parametrize("email", ["Ada@Example.COM", " ada@example.com ", "ａｄａ@example。com"])
def test_the_address_signs_in_in_every_form(api: APIClient, ada: User, password: str, email: str) -> None:
    assert api.post("/auth/login", {"email": email, "password": password}).status_code == 200


def test_unknown_wrong_and_unusable_are_told_alike(
    api: APIClient, ada: User, make_user: MakeUser, password: str
) -> None:
    unusable = make_user(password=None)
    suspended = make_user(is_active=False)
    tries = [("nobody@example.com", password), (ada.email, "wrong"), (unusable.email, password), ("nonsense", password)]
    tries += [(unusable.email, "!"), (suspended.email, "wrong"), ("аda@example.com", password)]
    details = set()
    for email, attempt in tries:
        answer = api.post("/auth/login", {"email": email, "password": attempt})
        details.add(assert_refused(answer, 401, "invalid_credentials")["detail"])
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="authservice"'
    assert len(details) == 1


@pytest.mark.parametrize("out", [{"is_active": False}, {"expires_at": timezone.now()}], ids=lambda out: next(iter(out)))
def test_after_the_right_password_whoever_may_not_come_in_is_told(
    api: APIClient, make_user: MakeUser, password: str, out: dict[str, Any]
) -> None:
    user = make_user(**out)
    assert_refused(api.post("/auth/login", {"email": user.email, "password": password}), 403, "account_suspended")
    assert not Session.objects.exists()


def test_too_many_attempts_say_when_to_come_again(api: APIClient, ada: User, password: str, settings: Settings) -> None:
    settings.AUTH_LOGIN_LIMITS = "account=2/15m,address=100/15m"
    for email in ("ada@example.com", "ADA@example.com"):
        assert_refused(api.post("/auth/login", {"email": email, "password": "wrong"}), 401, "invalid_credentials")
    answer = api.post("/auth/login", {"email": "ada@example.com", "password": password})
    assert_refused(answer, 429, "too_many_attempts")
    assert 0 < int(answer.headers["Retry-After"]) <= 900


def test_a_forwarded_address_counts_only_from_a_trusted_proxy(api: APIClient, ada: User, settings: Settings) -> None:
    settings.AUTH_LOGIN_LIMITS = "account=100/15m,address=2/15m"
    wrong = {"email": "ada@example.com", "password": "wrong"}

    def status(number: int) -> int:
        return api.post("/auth/login", wrong, HTTP_X_FORWARDED_FOR=f"198.51.100.{number}").status_code

    assert [status(number) for number in range(4)] == [401, 401, 429, 429]
    settings.TRUSTED_PROXIES = ["127.0.0.1"]
    assert [status(number) for number in (1, 2, 3, 3, 3)] == [401, 401, 401, 401, 429]


def test_a_full_hash_queue_is_busy(api: APIClient, ada: User, password: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: object) -> None:
        raise Busy(retry_after=1)

    monkeypatch.setattr(sign_in, "sign_in", refuse)
    answer = api.post("/auth/login", {"email": "ada@example.com", "password": password})
    assert_refused(answer, 503, "busy")
    assert answer.headers["Retry-After"] == "1"


def test_a_second_factor_would_be_asked_for(api: APIClient, password: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sign_in, "sign_in", lambda **_: SecondFactorRequired())
    answer = api.post("/auth/login", {"email": "ada@example.com", "password": password})
    assert_refused(answer, 403, "second_factor_required")


def test_a_token_that_was_sent_along_is_not_looked_at(api: APIClient, ada: User, password: str) -> None:
    body = {"email": "ada@example.com", "password": password}
    assert api.post("/auth/login", body, HTTP_AUTHORIZATION="Bearer nonsense").status_code == 200


def test_the_session_knows_the_agent_without_what_does_not_print(api: APIClient, ada: User, password: str) -> None:
    body = {"email": "ada@example.com", "password": password}
    api.post("/auth/login", body, HTTP_USER_AGENT="curl/8\x1b[31m\r\n" + "x" * 500)
    agent = Session.objects.get().user_agent
    assert agent.startswith("curl/8[31mxxx")
    assert len(agent) == 256
