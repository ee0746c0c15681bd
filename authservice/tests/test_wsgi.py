"""What stands between the server and Django."""

import gc
import io
import re
from typing import Any

import pytest

from authservice.env import ENV
from authservice.wsgi import MAX_BODY_BYTES, OBJECTS_BETWEEN_LOOKS_FOR_CYCLES, SECRETS, prepared, settle


def passed_on(environ: dict[str, Any]) -> dict[str, Any]:
    seen: dict[str, Any] = {}

    def django(inner: dict[str, Any], start_response: object) -> list[bytes]:
        seen.update(inner, body=inner["wsgi.input"].read())
        return []

    prepared(django)(environ, lambda *_: None)
    return seen


@pytest.mark.parametrize("size", [0, 10, MAX_BODY_BYTES])
def test_a_body_in_chunks_gets_its_length(size: int) -> None:
    seen = passed_on({"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input": io.BytesIO(b"x" * size)})
    assert (seen["CONTENT_LENGTH"], seen["body"]) == (str(size), b"x" * size)


def test_of_a_body_without_end_just_enough_is_read_to_refuse_it() -> None:
    seen = passed_on({"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input": io.BytesIO(b"x" * 10 * MAX_BODY_BYTES)})
    assert len(seen["body"]) == MAX_BODY_BYTES + 1


def test_a_body_with_a_length_is_left_alone() -> None:
    environ = {"CONTENT_LENGTH": "3", "wsgi.input": io.BytesIO(b"abc")}
    assert passed_on(dict(environ))["wsgi.input"] is environ["wsgi.input"]


def test_whatever_is_read_as_a_secret_is_one() -> None:
    """By the names alone: a new one must not be left out. Where links lead everybody may know."""
    telling = re.compile(r"_URL\b|SECRET|TOKEN\b|_KEYS?\b")
    links = {"AUTH_PASSWORD_RESET_URL", "AUTH_EMAIL_VERIFY_URL"}
    assert {name for name in ENV.names if telling.search(name)} - links == set(SECRETS)


def test_secrets_of_the_environment_do_not_reach_a_request() -> None:
    seen = passed_on({"wsgi.input": io.BytesIO(), "PORT": "8000", **dict.fromkeys(SECRETS, "s")})
    assert seen.keys() & set(SECRETS) == set()
    assert seen["PORT"] == "8000"


def test_no_look_for_cycles_goes_through_what_was_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    told = []
    monkeypatch.setattr(gc, "freeze", lambda: told.append("freeze"))
    monkeypatch.setattr(gc, "set_threshold", lambda *numbers: told.append(numbers))
    settle()
    assert told == ["freeze", (OBJECTS_BETWEEN_LOOKS_FOR_CYCLES,)]
