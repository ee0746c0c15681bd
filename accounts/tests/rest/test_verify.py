"""`POST /auth/verify`: what another service is told; for forged tokens, see `test_forged_access_tokens.py`."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.db import OperationalError
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Session, User
from accounts.models.sessions import SessionQuerySet
from accounts.tests.support.factories import Tokens
from accounts.tests.support.forging import claims_of
from accounts.tests.support.refusals import assert_refused, assert_token_challenged, body_of

pytestmark = pytest.mark.django_db


def test_a_good_token_is_active_and_says_whose_it_is(api: APIClient, tokens: Tokens, user: User) -> None:
    answer = api.post("/auth/verify", {"token": tokens.access})
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    claims, body = claims_of(tokens.access), body_of(answer)
    assert body.pop("user")["email"] == user.email
    assert body == {
        "active": True,
        "token_type": "access",
        "sub": str(user.pk),
        "sid": claims["sid"],
        "client_id": "authservice",
        "exp": claims["exp"],
        "iat": claims["iat"],
        "scope": "",
        "groups": [],
    }


def test_the_answer_is_of_the_present_not_of_the_tokens_day(api: APIClient, tokens: Tokens, user: User) -> None:
    user.groups.add(Group.objects.create(name="admins"))
    User.objects.filter(pk=user.pk).record_change(first_name="Ada")
    body = body_of(api.post("/auth/verify", {"token": tokens.access}))
    assert body["groups"] == body["user"]["groups"] == ["admins"]
    assert (body["user"]["first_name"], body["user"]["version"]) == ("Ada", 2)


def test_the_user_is_the_same_as_the_caller_is_told(api: APIClient, tokens: Tokens, signed_in: APIClient) -> None:
    assert (
        body_of(api.post("/auth/verify", {"token": tokens.access}))["user"]["id"]
        == signed_in.get("/auth/user").json()["id"]
    )


@pytest.mark.parametrize(
    ("of_user", "of_session", "code"),
    [
        ({"is_active": False}, {}, "account_suspended"),
        ({"expires_at": timezone.now()}, {}, "account_suspended"),
        ({"credentials_version": 2}, {}, "session_revoked"),
        ({}, {"revoked_at": timezone.now()}, "session_revoked"),
    ],
)
def test_a_token_that_no_longer_stands_is_refused_at_once(
    api: APIClient, tokens: Tokens, of_user: dict[str, object], of_session: dict[str, object], code: str
) -> None:
    User.objects.update(**(of_user or {"version": 1}))
    Session.objects.update(**(of_session or {"amr": ["pwd"]}))
    answers = [
        api.post("/auth/verify", {"token": tokens.access}),
        api.get("/auth/user", HTTP_AUTHORIZATION=f"Bearer {tokens.access}"),
    ]
    for answer in answers:
        assert_refused(answer, 401, code)
        assert_token_challenged(answer)


def test_an_expired_token_is_told_from_an_invalid_one(api: APIClient, tokens: Tokens) -> None:
    with time_machine.travel(timezone.now() + timedelta(seconds=331)):
        assert_refused(api.post("/auth/verify", {"token": tokens.access}), 401, "token_expired")


def test_a_refresh_token_is_the_wrong_type(api: APIClient, tokens: Tokens) -> None:
    assert_refused(api.post("/auth/verify", {"token": tokens.refresh}), 401, "wrong_token_type")


def test_without_the_database_it_can_not_be_told(
    api: APIClient, tokens: Tokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    def find_whole(*_: object) -> None:
        raise OperationalError

    monkeypatch.setattr(SessionQuerySet, "find_whole", find_whole)
    answer = api.post("/auth/verify", {"token": tokens.access})
    assert_refused(answer, 503, "temporarily_unavailable")
    assert answer.headers["Retry-After"] == "1"
