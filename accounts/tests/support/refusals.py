"""What every refusal over HTTP has in common, looked at in one place."""

import json
from typing import Any

from django.http import HttpResponseBase


def body_of(answer: HttpResponseBase) -> Any:
    """The JSON of an answer."""
    return json.loads(getattr(answer, "content"))  # noqa: B009 - every answer here but a streamed one has it


def assert_refused(answer: HttpResponseBase, status: int, code: str) -> dict[str, Any]:
    """A problem document (RFC 9457) with the headers that its status demands; the document."""
    body: dict[str, Any] = body_of(answer)
    assert (answer.status_code, body["status"], body["code"]) == (status, status, code), body
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert body["type"] == f"http://localhost:8000/problems/{code}"
    assert body["request_id"] == answer.headers["X-Request-ID"]
    assert body["title"]
    assert body["detail"]
    assert ("Retry-After" in answer.headers) == (status in {429, 503})
    assert ("WWW-Authenticate" in answer.headers) == (status == 401 or code == "insufficient_scope")
    return body


def assert_field_refused(answer: HttpResponseBase, field: str, code: str) -> None:
    """400 `invalid_input` that names this one field."""
    errors = assert_refused(answer, 400, "invalid_input")["errors"]
    assert [(error["field"], error["code"]) for error in errors] == [(field, code)]


def assert_token_challenged(answer: HttpResponseBase) -> None:
    """RFC 6750 section 3: the challenge of an answer to a token that was sent."""
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


def assert_scope_demanded(answer: HttpResponseBase, scope: str) -> None:
    """RFC 6750 section 3.1: 403, and the challenge names what would do."""
    assert scope in assert_refused(answer, 403, "insufficient_scope")["detail"]
    expected = f'Bearer realm="authservice", error="insufficient_scope", scope="{scope}"'
    assert answer.headers["WWW-Authenticate"] == expected
