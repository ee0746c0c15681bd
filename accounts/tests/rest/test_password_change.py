"""`POST /auth/password/change`."""

import unicodedata

import pytest
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.models import User
from accounts.tests.support.factories import Bearer, SignIn
from accounts.tests.support.refusals import assert_field_refused, assert_refused

pytestmark = pytest.mark.django_db

NEW = "  überall Laternen aus Kupfer "


def test_the_new_password_signs_in_and_the_old_one_does_not(
    signed_in: APIClient, api: APIClient, user: User, password: str
) -> None:
    answer = signed_in.post("/auth/password/change", {"current_password": password, "new_password": NEW})
    assert (answer.status_code, answer.content) == (204, b"")
    assert signed_in.get("/auth/user").status_code == 200
    new = {"email": user.email, "password": unicodedata.normalize("NFD", NEW)}
    assert api.post("/auth/login", new).status_code == 200
    assert_refused(api.post("/auth/login", new | {"password": NEW.strip()}), 401, "invalid_credentials")
    assert_refused(api.post("/auth/login", new | {"password": password}), 401, "invalid_credentials")


def test_every_other_session_ends(
    signed_in: APIClient, user: User, password: str, sign_in: SignIn, bearer: Bearer
) -> None:
    other = bearer(sign_in(user).access)
    signed_in.post("/auth/password/change", {"current_password": password, "new_password": NEW})
    assert_refused(other.get("/auth/user"), 401, "session_revoked")


def test_a_wrong_current_password_is_403_and_counts(signed_in: APIClient, settings: Settings) -> None:
    settings.AUTH_LOGIN_LIMITS = "account=1/15m,address=2/15m"
    body = {"current_password": "wrong", "new_password": NEW}
    for _ in range(2):
        assert_refused(signed_in.post("/auth/password/change", body), 403, "wrong_password")
    assert_refused(signed_in.post("/auth/password/change", body), 429, "too_many_attempts")


@pytest.mark.parametrize(
    ("new", "code"), [("short", "too_short"), ("passwordpassword", "too_easy"), ("x" * 257, "max_length")]
)
def test_a_poor_new_password_is_refused_by_name(signed_in: APIClient, password: str, new: str, code: str) -> None:
    answer = signed_in.post("/auth/password/change", {"current_password": password, "new_password": new})
    assert_field_refused(answer, "new_password", code)


def test_without_a_token_nothing_changes(api: APIClient, password: str) -> None:
    answer = api.post("/auth/password/change", {"current_password": password, "new_password": NEW})
    assert_refused(answer, 401, "not_authenticated")
