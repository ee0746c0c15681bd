"""`POST /auth/password/reset`, `/auth/email/…`, `/auth/user/delete/cancel`: the same answers whosever address it is."""

from typing import Any

import pytest
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.models import MailKind, User
from accounts.services import mail_contents
from accounts.tests.support import codes
from accounts.tests.support.factories import PASSWORD, Bearer, MakeUser, SignIn
from accounts.tests.support.refusals import assert_field_refused, assert_refused

pytestmark = pytest.mark.django_db

NEW = "seven kites over helsinki"
ASKED = pytest.mark.parametrize("path", ["/auth/password/reset", "/auth/email/resend"])


def seen(answer: Any) -> tuple[int, bytes, list[tuple[str, str]]]:
    """All that a stranger sees, but the request's own id."""
    headers = [(name, value) for name, value in answer.headers.items() if name != "X-Request-ID"]
    return answer.status_code, answer.content, sorted(headers)


@ASKED
def test_everybody_gets_the_same_answer(api: APIClient, make_user: MakeUser, path: str) -> None:
    make_user("suspended@example.com", is_active=False)
    make_user("verified@example.com", email_verified=True)
    make_user("unusable@example.com", password=None)
    make_user("ada@example.com")
    names = ("nobody", "suspended", "verified", "unusable", "ada")
    answers = [seen(api.post(path, {"email": f"{name}@example.com"})) for name in names]
    assert answers == [answers[0]] * len(names)
    assert answers[0][:2] == (202, b"{}")
    assert dict(answers[0][2])["Cache-Control"] == "no-store"


@ASKED
def test_the_limit_refuses_everybody_alike(api: APIClient, user: User, path: str, settings: Settings) -> None:
    settings.AUTH_MAIL_LIMITS = "account=2/1h,address=100/1h"
    for email in (user.email, "nobody@example.com"):
        statuses = [api.post(path, {"email": email}).status_code for _ in range(3)]
        assert statuses == [202, 202, 429]
    assert_refused(api.post(path, {"email": user.email.upper()}), 429, "too_many_attempts")


@ASKED
def test_one_client_address_asks_so_often(api: APIClient, path: str, settings: Settings) -> None:
    settings.AUTH_MAIL_LIMITS = "account=5/1h,address=3/1h"
    answers = [api.post(path, {"email": f"person{n}@example.com"}).status_code for n in range(4)]
    assert answers == [202, 202, 202, 429]
    assert api.post(path, {"email": "another@example.com"}, REMOTE_ADDR="192.0.2.7").status_code == 202


@ASKED
def test_what_is_no_address_is_refused(api: APIClient, path: str) -> None:
    for email in ("nobody", "a\0b@example.com", f"{'x' * 250}@example.com"):
        assert api.post(path, {"email": email}).status_code == 400
    assert not codes.waiting()


def test_a_password_is_reset_from_the_wish_to_the_sign_in(api: APIClient, user: User, sign_in: SignIn) -> None:
    old = sign_in(user)
    assert api.post("/auth/password/reset", {"email": f" {user.email.upper()} "}).status_code == 202
    content = mail_contents.compose(codes.last(MailKind.RESET_PASSWORD))
    assert content is not None
    page, _, code = content.url.partition("#")
    assert page == "http://localhost:8000/account/reset-password"
    assert_field_refused(reset(api, code, "short"), "new_password", "too_short")
    assert reset(api, code, NEW).status_code == 204
    assert_refused(reset(api, code, NEW), 400, "invalid_code")
    assert_refused(api.post("/auth/refresh", {"refresh": old.refresh}), 401, "session_revoked")
    assert sign_in(user, NEW).access


def reset(api: APIClient, code: str, new_password: str) -> Any:
    return api.post("/auth/password/reset/confirm", {"token": code, "new_password": new_password})


def test_the_links_lead_where_the_operator_says(api: APIClient, user: User, settings: Settings) -> None:
    settings.AUTH_PASSWORD_RESET_URL = "https://app.example.com/reset#t={token}&from=mail"
    api.post("/auth/password/reset", {"email": user.email})
    content = mail_contents.compose(codes.last(MailKind.RESET_PASSWORD))
    assert content is not None
    assert content.url == f"https://app.example.com/reset#t={code_in(content.url)}&from=mail"


def code_in(url: str) -> str:
    return url.partition("#t=")[2].removesuffix("&from=mail")


def test_a_registration_is_answered_alike_where_addresses_are_verified_first(
    api: APIClient, user: User, settings: Settings
) -> None:
    settings.AUTH_EMAIL_VERIFICATION = "required"
    answers = [
        seen(api.post("/auth/register", {"email": email, "password": NEW})) for email in (user.email, "new@example.com")
    ]
    assert answers[0] == answers[1]
    assert answers[0][:2] == (202, b"{}")
    account = {"email": "new@example.com", "password": NEW}
    for tried in (account, account | {"password": "wrong"}, account | {"email": user.email}):
        assert_refused(api.post("/auth/login", tried), 401, "invalid_credentials")
    assert api.post("/auth/email/verify", {"token": codes.mailed(MailKind.VERIFY_EMAIL)}).status_code == 204
    assert api.post("/auth/login", account).json()["user"]["email_verified"] is True


def test_an_address_is_changed_from_the_wish_to_the_sign_in(
    api: APIClient, signed_in: APIClient, user: User, make_user: MakeUser
) -> None:
    make_user("taken@example.com")
    answers = [
        seen(signed_in.post("/auth/email/change", {"new_email": email, "password": PASSWORD}))
        for email in ("taken@example.com", "NEW@example.com")
    ]
    assert answers[0] == answers[1]
    assert answers[0][:2] == (202, b"{}")
    assert signed_in.get("/auth/user").json()["email"] == user.email
    code = codes.mailed(MailKind.CONFIRM_NEW_EMAIL, "new@example.com")
    assert api.post("/auth/email/verify", {"token": code}).status_code == 204
    assert signed_in.get("/auth/user").json()["email"] == "new@example.com"
    assert api.post("/auth/login", {"email": "new@example.com", "password": PASSWORD}).status_code == 200


def test_a_deletion_that_is_put_off_is_cancelled(
    api: APIClient, user: User, sign_in: SignIn, bearer: Bearer, settings: Settings
) -> None:
    settings.AUTH_DELETION_DELAY = 3600
    answer = bearer(sign_in(user).access).post("/auth/user/delete", {"password": PASSWORD})
    assert answer.status_code == 202
    assert set(answer.json()) == {"id", "user_id", "requested_at", "begins_at", "completed_at"}
    assert answer.json()["requested_at"] < answer.json()["begins_at"]
    account = {"email": user.email, "password": PASSWORD}
    assert_refused(api.post("/auth/login", account), 403, "account_suspended")
    code = codes.mailed(MailKind.CANCEL_DELETION)
    assert api.post("/auth/user/delete/cancel", {"token": code}).status_code == 204
    assert_refused(api.post("/auth/user/delete/cancel", {"token": code}), 400, "invalid_code")
    assert api.post("/auth/login", account).status_code == 200
