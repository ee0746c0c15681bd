"""Cross-origin calls: none by default, and exactly the contract's headers for those that are allowed."""

from typing import Any

import pytest
from pytest_django import Settings
from rest_framework.test import APIClient

ORIGIN = "https://app.example.com"
PREFLIGHT: dict[str, Any] = {"HTTP_ORIGIN": ORIGIN, "HTTP_ACCESS_CONTROL_REQUEST_METHOD": "POST"}


def names(value: str) -> set[str]:
    return {name.strip().lower() for name in value.split(",")}


@pytest.fixture
def allowed(settings: Settings) -> None:
    settings.CORS_ALLOWED_ORIGINS = [ORIGIN]


@pytest.mark.django_db
def test_no_origin_is_allowed_by_default(api: APIClient) -> None:
    for answer in (api.get("/auth/user", HTTP_ORIGIN=ORIGIN), api.options("/auth/login", **PREFLIGHT)):
        assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.usefixtures("allowed")
def test_a_preflight_names_the_headers_of_the_contract(api: APIClient) -> None:
    answer = api.options("/auth/login", **PREFLIGHT)
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert names(answer.headers["Access-Control-Allow-Headers"]) == {
        "authorization", "content-type", "x-auth-transport", "x-csrf-token", "x-request-id",
    }  # fmt: skip
    assert {"get", "post", "patch", "delete"} <= names(answer.headers["Access-Control-Allow-Methods"])
    assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.django_db
@pytest.mark.usefixtures("allowed")
def test_an_answer_shows_the_headers_of_the_contract_also_when_it_refuses(api: APIClient) -> None:
    for answer in (api.get("/auth/user", HTTP_ORIGIN=ORIGIN), api.get("/.well-known/jwks.json", HTTP_ORIGIN=ORIGIN)):
        assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
        assert names(answer.headers["Access-Control-Expose-Headers"]) == {
            "x-request-id", "retry-after", "www-authenticate",
        }  # fmt: skip
        assert "origin" in names(answer.headers["Vary"])


@pytest.mark.django_db
@pytest.mark.usefixtures("allowed")
@pytest.mark.parametrize("origin", ["https://app.example.com.evil.example", "http://app.example.com", "null", "*"])
def test_another_origin_stays_outside(api: APIClient, origin: str) -> None:
    assert "Access-Control-Allow-Origin" not in api.get("/auth/user", HTTP_ORIGIN=origin).headers
