"""What every answer carries, and both spellings of every path."""

import re
from contextlib import closing

import pytest
from rest_framework.test import APIClient

from accounts.rest.urls import ROUTES

pytestmark = pytest.mark.django_db

PATHS = [
    "/", "/healthz", "/readyz", "/metrics", "/auth/login", "/auth/user", "/nowhere", "/problems/busy", "/api/schema",
    "/api/docs", "/.well-known/jwks.json", "/static/drf_spectacular_sidecar/swagger-ui-dist/swagger-ui.css",
]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_has_an_id_and_can_not_be_sniffed_or_framed(api: APIClient, path: str) -> None:
    with closing(api.get(path)) as answer:
        headers = answer.headers
    assert headers["X-Request-ID"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy


def test_answers_without_a_page_may_load_nothing(api: APIClient) -> None:
    policy = api.get("/auth/user").headers["Content-Security-Policy"]
    directives = dict(directive.strip().split(" ", 1) for directive in policy.split(";"))
    assert directives == dict.fromkeys(["default-src", "frame-ancestors", "base-uri", "form-action"], "'none'")


@pytest.mark.parametrize("route", [*(route for route, _ in ROUTES), "healthz", "readyz", "metrics"])
def test_a_trailing_slash_is_taken_without_a_redirect(api: APIClient, route: str) -> None:
    path = "/" + re.sub(r"<uuid:\w+>", "6f1f3a52-2b55-4a57-8f6b-6a7d1a1b1c1d", route).replace("<slug:code>", "busy")
    plain, slashed = api.get(path), api.get(path + "/")
    assert plain.status_code == slashed.status_code != 404
    assert "Location" not in slashed.headers


def test_the_slashed_path_takes_bodies_too(api: APIClient) -> None:
    assert api.post("/auth/verify/", {"token": "a.b.c"}).json()["code"] == "token_invalid"


@pytest.mark.parametrize("path", ["/auth/user", "/auth/sessions", "/nowhere", "/healthz", "/readyz"])
def test_what_is_about_somebody_or_about_now_is_never_stored(signed_in: APIClient, path: str) -> None:
    assert signed_in.get(path).headers["Cache-Control"] == "no-store"


def test_head_is_answered_like_get_without_a_body(signed_in: APIClient) -> None:
    for path in ("/auth/user", "/healthz", "/.well-known/jwks.json", "/problems/busy"):
        assert signed_in.head(path).status_code == 200
