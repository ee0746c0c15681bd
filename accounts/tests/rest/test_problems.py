"""Every refusal is a problem document, whoever refuses, and each code has its page."""

from typing import Any
from unittest.mock import Mock

import pytest
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import DataError, InterfaceError, InternalError, OperationalError
from django.http import Http404
from django.test import RequestFactory
from rest_framework import exceptions as drf
from rest_framework.test import APIClient

from accounts.rest import problems
from accounts.rest.guides import GUIDES
from accounts.rest.problems import STATUS_BY_CODE
from accounts.rest.views import account
from accounts.services import identification
from accounts.tests.support.refusals import assert_refused

pytestmark = pytest.mark.django_db


def test_an_unknown_path_is_not_found(api: APIClient) -> None:
    for path in ("/nowhere", "/auth", "/auth/users", "/static/nothing.js", "/auth/%00%ff", "/auth/login//"):
        assert_refused(api.get(path), 404, "not_found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/auth/login", {"POST"}),
        ("PUT", "/auth/user", {"GET", "PATCH"}),
        ("DELETE", "/auth/sessions", {"GET"}),
        ("POST", "/.well-known/jwks.json", {"GET"}),
        ("POST", "/api/docs", {"GET"}),
        ("POST", "/api/redoc", {"GET"}),
        ("POST", "/api/schema", {"GET"}),
        ("POST", "/problems/busy", {"GET"}),
        ("POST", "/healthz", {"GET"}),
        ("DELETE", "/readyz", {"GET"}),
        ("POST", "/metrics", {"GET"}),
        ("POST", "/", {"GET"}),
        ("TRACE", "/auth/login", {"POST"}),
        ("BREW", "/auth/login", {"POST"}),
    ],
)
def test_a_method_that_is_not_there_names_those_that_are(
    signed_in: APIClient, method: str, path: str, allowed: set[str]
) -> None:
    answer = signed_in.generic(method, path)
    assert_refused(answer, 405, "method_not_allowed")
    assert {name.strip() for name in answer.headers["Allow"].split(",")} - {"HEAD", "OPTIONS"} == allowed


@pytest.mark.parametrize("path", ["/auth/user", "/api/schema", "/api/docs", "/api/redoc", "/.well-known/jwks.json"])
@pytest.mark.parametrize("accept", ["image/png", "\xff/;q=zz,,"])
def test_a_representation_that_does_not_exist_is_not_acceptable(signed_in: APIClient, path: str, accept: str) -> None:
    assert_refused(signed_in.get(path, HTTP_ACCEPT=accept), 406, "not_acceptable")


def test_who_names_problem_documents_alone_is_answered_in_json(signed_in: APIClient) -> None:
    """As generated clients do where the good answer has no body."""
    answer = signed_in.get("/auth/user", HTTP_ACCEPT="application/problem+json")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
    assert signed_in.post("/auth/logout", HTTP_ACCEPT="application/problem+json").status_code == 204


def test_a_problem_is_json_also_for_who_reads_yaml(api: APIClient) -> None:
    assert_refused(api.post("/api/schema", HTTP_ACCEPT="application/yaml"), 405, "method_not_allowed")


@pytest.mark.parametrize("path", ["/api/schema", "/auth/user"])
def test_an_unknown_format_is_not_found(signed_in: APIClient, path: str) -> None:
    assert_refused(signed_in.get(path, {"format": "xml"}), 404, "not_found")


@pytest.mark.parametrize("host", ["elsewhere.example", "a b", "[::1", "\xff"])
def test_another_host_is_a_bad_request(api: APIClient, host: str) -> None:
    assert_refused(api.get("/auth/user", HTTP_HOST=host), 400, "bad_request")


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        (OperationalError(), 503, "temporarily_unavailable"),
        (InterfaceError(), 503, "temporarily_unavailable"),
        (RequestDataTooBig(), 413, "body_too_large"),
        (Http404(), 404, "not_found"),
        (PermissionDenied(), 403, "permission_denied"),
        (drf.PermissionDenied(), 403, "permission_denied"),
        (drf.AuthenticationFailed(), 401, "not_authenticated"),
        (DataError("secret"), 500, "internal_error"),
        (RuntimeError("secret"), 500, "internal_error"),
        (drf.Throttled(), 500, "internal_error"),
    ],
)
def test_what_breaks_in_a_view_is_a_problem_without_its_cause(
    signed_in: APIClient, monkeypatch: pytest.MonkeyPatch, fault: Exception, status: int, code: str
) -> None:
    def get(*_: Any) -> None:
        raise fault

    signed_in.raise_request_exception = False
    monkeypatch.setattr(account.UserView, "get", get)
    answer = signed_in.get("/auth/user")
    assert "secret" not in str(assert_refused(answer, status, code))


def test_djangos_own_refusal_is_a_problem_too() -> None:
    answer = problems.permission_denied(RequestFactory().get("/", HTTP_X_REQUEST_ID="r"), PermissionDenied())
    assert (answer.status_code, answer.headers["Content-Type"]) == (403, "application/problem+json")


@pytest.mark.parametrize("code", STATUS_BY_CODE)
def test_every_code_has_a_page_with_reason_fix_and_curl(api: APIClient, code: str) -> None:
    answer = api.get(f"/problems/{code}")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    text, guide = answer.content.decode(), GUIDES[code]
    assert f"<code>{code}</code> · HTTP {guide.status}" in text
    assert guide.curl.startswith("curl -i ")
    assert "http://localhost:8000/" in guide.curl
    assert "<script" not in text


@pytest.mark.parametrize("code", ["nothing", "BUSY", "busy2", "-"])
def test_an_unknown_code_has_no_page(api: APIClient, code: str) -> None:
    assert_refused(api.get(f"/problems/{code}"), 404, "not_found")


@pytest.mark.parametrize("error", [OperationalError, InterfaceError, InternalError])
def test_a_database_that_fails_is_no_fault_of_the_callers(
    api: APIClient, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    """InternalError too: a standby refuses to write by it, and an idle transaction is ended by it."""
    monkeypatch.setattr(identification, "identify", Mock(side_effect=error))
    answer = api.post("/auth/verify", {"token": "a.b.c"})
    assert (answer.status_code, answer.json()["code"]) == (503, "temporarily_unavailable")
    assert answer.headers["Retry-After"] == "1"
