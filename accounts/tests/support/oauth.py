"""The OAuth endpoints: what is sent to them as OAuth clients do, and how they refuse."""

import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote_plus, urlencode

from django.http import HttpResponseBase
from rest_framework.test import APIClient

from accounts.services.clients.clients import NewSecret
from accounts.tests.support.refusals import body_of

OAUTH_PATHS: Final = frozenset({"/auth/token", "/auth/introspect", "/auth/revoke"})
"""They say a refusal as RFC 6749 has it."""

FORM: Final = "application/x-www-form-urlencoded"
DESCRIPTION: Final = re.compile(r"[\x20-\x21\x23-\x5b\x5d-\x7e]+")
"""RFC 6749 section 5.2."""

Form = Mapping[str, str] | Sequence[tuple[str, str]]


def post_form(client: APIClient, path: str, form: Form | bytes, authorization: str = "") -> HttpResponseBase:
    """Parameters, or a body as it is."""
    body = form if isinstance(form, bytes) else urlencode(form).encode()
    headers: dict[str, Any] = {"HTTP_AUTHORIZATION": authorization} if authorization else {}
    return client.generic("POST", path, body, FORM, **headers)  # type: ignore[arg-type]  # bytes are taken, too


def basic(client_id: str, secret: str) -> str:
    """As RFC 6749 section 2.3.1 has it: percent-encoded, then joined."""
    return raw_basic(f"{quote_plus(client_id)}:{quote_plus(secret)}")


def raw_basic(text: str) -> str:
    """As it is."""
    return f"Basic {b64encode(text.encode()).decode()}"


def basic_of(made: NewSecret) -> str:
    return basic(made.client.pk, made.secret)


def in_body(made: NewSecret) -> dict[str, str]:
    return {"client_id": made.client.pk, "client_secret": made.secret}


def assert_oauth_refused(answer: HttpResponseBase, status: int, error: str) -> dict[str, Any]:
    """An error of RFC 6749 section 5.2 with the headers that its status demands; the document."""
    body: dict[str, Any] = body_of(answer)
    assert (answer.status_code, body["error"]) == (status, error), body
    assert answer.headers["Content-Type"] == "application/json"
    assert (answer.headers["Cache-Control"], answer.headers["Pragma"]) == ("no-store", "no-cache")
    assert set(body) <= {"error", "error_description", "error_uri"}
    assert DESCRIPTION.fullmatch(body["error_description"])
    assert ("Retry-After" in answer.headers) == (status == 503)
    assert ("WWW-Authenticate" in answer.headers) == (status == 401 or error == "insufficient_scope")
    return body
