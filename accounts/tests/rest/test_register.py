"""`POST /auth/register`."""

import unicodedata

import pytest
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.models import User
from accounts.tests.support.refusals import assert_field_refused, assert_refused, body_of

pytestmark = pytest.mark.django_db

ADA = {"email": "ada@example.com", "password": "river-lantern-copper-moss-47"}
USER_FIELDS = {
    "id", "email", "email_verified", "first_name", "last_name", "phone_number", "is_active", "is_staff", "groups",
    "date_joined", "last_login", "updated_at", "version",
}  # fmt: skip


def test_an_account_is_made_and_shown_without_its_password(api: APIClient) -> None:
    profile = {"first_name": "Ada", "last_name": "Lovelace 👩‍💻", "phone_number": "+1 (202) 555-0123"}
    answer = api.post("/auth/register", ADA | profile)
    assert answer.status_code == 201
    assert answer.headers["Cache-Control"] == "no-store"
    body = answer.json()
    assert set(body) == USER_FIELDS
    assert {name: body[name] for name in profile} == profile | {"phone_number": "+12025550123"}
    assert (body["email"], body["version"], body["is_active"], body["is_staff"]) == (ADA["email"], 1, True, False)
    assert (body["email_verified"], body["groups"], body["last_login"]) == (False, [], None)


def test_the_answer_is_what_the_account_is_read_as_later(api: APIClient) -> None:
    registered = api.post("/auth/register", ADA).json()
    access = api.post("/auth/login", ADA).json()["access"]
    read = api.get("/auth/user", HTTP_AUTHORIZATION=f"Bearer {access}").json()
    assert read | {"last_login": None} == registered


@pytest.mark.parametrize(
    "email",
    ["ada@example.com", " ADA@Example.Com ", "ａｄａ＠ｅｘａｍｐｌｅ．ｃｏｍ", "ada@EXAMPLE。com"],
)
def test_an_address_in_another_form_is_taken(api: APIClient, email: str) -> None:
    assert api.post("/auth/register", ADA).status_code == 201
    assert_refused(api.post("/auth/register", ADA | {"email": email}), 409, "email_taken")
    assert User.objects.count() == 1


def test_an_international_domain_is_kept_in_ascii(api: APIClient) -> None:
    body = body_of(api.post("/auth/register", ADA | {"email": "ada@bücher.example"}))
    assert body["email"] == "ada@xn--bcher-kva.example"


def test_where_registration_is_closed_there_is_none(api: APIClient, settings: Settings) -> None:
    settings.AUTH_REGISTRATION = "closed"
    assert_refused(api.post("/auth/register", ADA), 403, "registration_closed")


@pytest.mark.parametrize(
    "password", ["  spaces, kept on both ends  ", "tab\tand newline\n in the middle", "übergrößenträger"]
)
def test_a_password_is_kept_as_typed_and_composed(api: APIClient, password: str) -> None:
    assert api.post("/auth/register", ADA | {"password": password}).status_code == 201
    decomposed = unicodedata.normalize("NFD", password)
    assert api.post("/auth/login", ADA | {"password": decomposed}).status_code == 200
    if password != password.strip():
        trimmed = ADA | {"password": password.strip()}
        assert_refused(api.post("/auth/login", trimmed), 401, "invalid_credentials")


@pytest.mark.parametrize(
    ("password", "code"), [("short", "too_short"), ("passwordpassword", "too_easy"), ("ada@example.com", "too_easy")]
)
def test_a_poor_password_is_refused_with_help(api: APIClient, password: str, code: str) -> None:
    answer = api.post("/auth/register", ADA | {"password": password})
    assert_field_refused(answer, "password", code)
    assert "river-lantern" in body_of(answer)["errors"][0]["detail"]


@pytest.mark.parametrize(
    "field", ["firstName", "is_staff", "is_superuser", "version", "id", "groups", "email_verified", ""]
)
def test_a_field_that_people_may_not_set_is_named_and_nothing_is_taken(api: APIClient, field: str) -> None:
    body = assert_refused(api.post("/auth/register", ADA | {field: True}), 400, "unknown_field")
    assert [(error["field"], error["code"]) for error in body["errors"]] == [(field, "unknown_field")]
    assert not User.objects.exists()
