"""`POST /auth/refresh`: the codes; when each is due, see `services/test_refreshing.py`."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.utils import timezone
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.models import Session, User
from accounts.tests.support import memory
from accounts.tests.support.factories import Tokens
from accounts.tests.support.forging import claims_of, resigned
from accounts.tests.support.refusals import assert_refused, assert_token_challenged

pytestmark = pytest.mark.django_db


def test_each_answer_carries_a_new_token_to_store(api: APIClient, tokens: Tokens) -> None:
    answer = api.post("/auth/refresh", {"refresh": tokens.refresh})
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    body = answer.json()
    assert set(body) == {"access", "refresh", "token_type", "expires_in", "refresh_expires_in"}
    assert body["refresh"] != tokens.refresh
    assert api.get("/auth/user", HTTP_AUTHORIZATION=f"Bearer {body['access']}").status_code == 200


def test_the_same_token_within_the_grace_gets_the_same_answer(api: APIClient, tokens: Tokens) -> None:
    answers = [api.post("/auth/refresh", {"refresh": tokens.refresh}).json()["refresh"] for _ in range(3)]
    assert len(set(answers)) == 1


def test_a_reused_token_ends_its_session_and_says_when_it_was_used(api: APIClient, tokens: Tokens) -> None:
    api.post("/auth/refresh", {"refresh": tokens.refresh})
    Session.objects.update(rotated_at=F("rotated_at") - timedelta(minutes=5))
    used_at = Session.objects.get().rotated_at
    old = resigned(tokens.refresh, claims={"iat": claims_of(tokens.refresh)["iat"] - 600})
    answer = api.post("/auth/refresh", {"refresh": old})
    detail = assert_refused(answer, 401, "refresh_token_reused")["detail"]
    assert_token_challenged(answer)
    assert f"{used_at:%Y-%m-%dT%H:%M:%SZ}" in detail
    assert_refused(api.post("/auth/refresh", {"refresh": old}), 401, "session_revoked")
    access = api.get("/auth/user", HTTP_AUTHORIZATION=f"Bearer {tokens.access}")
    assert_refused(access, 401, "session_revoked")


def test_a_superseded_young_token_is_refused_without_harm(api: APIClient, tokens: Tokens) -> None:
    second = api.post("/auth/refresh", {"refresh": tokens.refresh}).json()["refresh"]
    third = api.post("/auth/refresh", {"refresh": second}).json()["refresh"]
    assert_refused(api.post("/auth/refresh", {"refresh": tokens.refresh}), 401, "invalid_refresh_token")
    assert api.post("/auth/refresh", {"refresh": third}).status_code == 200


def test_the_suspended_get_no_new_token(api: APIClient, tokens: Tokens) -> None:
    User.objects.update(is_active=False)
    answer = api.post("/auth/refresh", {"refresh": tokens.refresh})
    assert_refused(answer, 401, "account_suspended")
    assert_token_challenged(answer)


def test_a_session_that_has_run_out_gets_no_new_token(api: APIClient, tokens: Tokens) -> None:
    Session.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert_refused(api.post("/auth/refresh", {"refresh": tokens.refresh}), 401, "invalid_refresh_token")


def test_a_secret_changed_with_the_old_one_as_fallback_signs_nobody_out(
    api: APIClient, tokens: Tokens, settings: Settings
) -> None:
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another" * 10, [settings.SECRET_KEY]
    memory.forget()
    assert api.get("/auth/user", HTTP_AUTHORIZATION=f"Bearer {tokens.access}").status_code == 200
    assert api.post("/auth/refresh", {"refresh": tokens.refresh}).status_code == 200


def test_without_the_old_secret_it_can_not_be_told_and_nobody_is_sent_away(
    api: APIClient, tokens: Tokens, user: User, password: str, settings: Settings
) -> None:
    settings.SECRET_KEY = "another" * 10
    memory.forget()
    assert_refused(api.post("/auth/refresh", {"refresh": tokens.refresh}), 503, "keys_unreadable")
    assert_refused(api.post("/auth/login", {"email": user.email, "password": password}), 503, "keys_unreadable")
    assert api.get("/auth/user", HTTP_AUTHORIZATION=f"Bearer {tokens.access}").status_code == 200
