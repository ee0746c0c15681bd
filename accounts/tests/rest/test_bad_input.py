"""Bad input of any kind is a problem document that names the field, never a fault of ours."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Session, User
from accounts.tests.rest.conftest import send_raw
from accounts.tests.support.refusals import assert_field_refused, assert_refused, body_of

pytestmark = pytest.mark.django_db

GOOD: Mapping[str, Mapping[str, str]] = {
    "/auth/register": {
        "email": "ada@example.com",
        "password": "river-lantern-copper-moss-47",
        "first_name": "Ada",
        "last_name": "Lovelace",
        "phone_number": "+12025550123",
    },
    "/auth/login": {"email": "ada@example.com", "password": "river-lantern-copper-moss-47"},
    "/auth/refresh": {"refresh": "a.b.c"},
    "/auth/verify": {"token": "a.b.c"},
    "/auth/logout": {"refresh": "a.b.c"},
    "/auth/password/change": {"current_password": "wrong", "new_password": "another-lantern-of-copper"},
    "/auth/user": {"first_name": "Ada", "last_name": "Lovelace", "phone_number": "+12025550123"},
}
BEHIND_SIGN_IN = {"/auth/user": "PATCH", "/auth/password/change": "POST"}
FIELDS = [(path, field) for path, body in GOOD.items() for field in body]
OPTIONAL = {"first_name", "last_name", "phone_number"} | {"refresh"}
TEXT_BEYOND_LIMITS = "x" * 60_000
NOT_TEXT: list[Any] = [1, 1.5, True, False, [], ["a"], {}, {"a": "b"}, 10**400]


@pytest.fixture
def send(api: APIClient, signed_in: APIClient) -> "Send":
    return Send(api, signed_in)


class Send:
    """`send(path, body)`: any JSON value, or bytes as they are, by somebody who is signed in where that is needed."""

    def __init__(self, api: APIClient, signed_in: APIClient) -> None:
        self._api, self._signed_in = api, signed_in

    def __call__(self, path: str, body: Any) -> Any:
        client = self._signed_in if path in BEHIND_SIGN_IN else self._api
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return send_raw(client, path, raw, method=BEHIND_SIGN_IN.get(path, "POST"))

    def with_field(self, path: str, field: str, value: Any) -> Any:
        return self(path, {**GOOD[path], field: value})


@pytest.fixture(autouse=True)
def _nothing_happens(user: User) -> Iterator[None]:
    """Whatever was refused left no account and no session behind."""
    yield
    assert User.objects.exclude(pk=user.pk).count() == 0
    assert Session.objects.exclude(user=user).count() == 0


@pytest.mark.parametrize(
    ("path", "field"), [pair for pair in FIELDS if pair[1] not in OPTIONAL] + [("/auth/refresh", "refresh")]
)
def test_a_missing_field_is_named(send: Send, path: str, field: str) -> None:
    body = {name: value for name, value in GOOD[path].items() if name != field}
    assert_field_refused(send(path, body), field, "required")


@pytest.mark.parametrize(("path", "field"), FIELDS)
def test_null_is_no_value(send: Send, path: str, field: str) -> None:
    assert_field_refused(send.with_field(path, field, None), field, "null")


@pytest.mark.parametrize(("path", "field"), FIELDS)
def test_only_text_is_text(send: Send, path: str, field: str) -> None:
    for value in NOT_TEXT:
        answer = send.with_field(path, field, value)
        errors = assert_refused(answer, 400, "invalid_input")["errors"]
        assert {error["field"] for error in errors} == {field}


@pytest.mark.parametrize(("path", "field"), [pair for pair in FIELDS if pair[1] not in OPTIONAL - {"refresh"}])
def test_empty_is_no_value(send: Send, path: str, field: str) -> None:
    assert_field_refused(send.with_field(path, field, ""), field, "blank")


@pytest.mark.parametrize(("path", "field"), FIELDS)
def test_too_long_is_refused(send: Send, path: str, field: str) -> None:
    answer = send.with_field(path, field, TEXT_BEYOND_LIMITS)
    code = {"refresh": "invalid_refresh_token", "token": "token_invalid"}.get(field, "invalid_input")
    assert_refused(answer, 400 if code == "invalid_input" else 401, code)
    assert_refused(send.with_field(path, field, "x" * 2**20), 413, "body_too_large")


@pytest.mark.parametrize(("path", "field"), FIELDS)
@pytest.mark.parametrize("text", ["a\0b", "\ud800", "a\udfffb"], ids=["NUL", "high surrogate", "low surrogate"])
def test_what_no_database_takes_is_refused(send: Send, path: str, field: str, text: str) -> None:
    errors = assert_refused(send.with_field(path, field, text), 400, "invalid_input")["errors"]
    assert {error["field"] for error in errors} == {field}


@pytest.mark.parametrize(("path", "field"), [pair for pair in FIELDS if "password" not in pair[1]])
@pytest.mark.parametrize("text", ["a\x1b[31mb", "a\nb", "a\r\nSet-Cookie: x", "a\x7fb", "a\x85b"])
def test_control_characters_are_no_part_of_a_name(send: Send, path: str, field: str, text: str) -> None:
    code = "invalid" if field == "phone_number" else "control_characters"
    assert_field_refused(send.with_field(path, field, text), field, code)


@pytest.mark.parametrize(
    "email",
    [
        "ada", "@", "ada@", "@example.com", "ada@example", "ada@@example.com", "ada@exam ple.com", "ada@-x.com",
        "ada lovelace@example.com", "ada@example..com", "👩@example.com", "аda@example.com", "ada@example.com,b@c.de",
        "<ada@example.com>", "ada@example.com\u202e", "a" * 65 + "@" + "b" * 300 + ".com", "ada@[127.0.0.1", "'; --",
    ],
)  # fmt: skip
def test_what_is_no_address_registers_nobody(send: Send, email: str) -> None:
    errors = assert_refused(send.with_field("/auth/register", "email", email), 400, "invalid_input")["errors"]
    assert {error["field"] for error in errors} == {"email"}


@pytest.mark.parametrize(
    "email", ["ada", "👩@example.com", "аda@example.com", "a@" + "ü" * 200 + ".com", "%", "' OR 1=1"]
)
def test_what_is_no_address_signs_nobody_in(send: Send, email: str) -> None:
    assert_refused(send.with_field("/auth/login", "email", email), 401, "invalid_credentials")


@pytest.mark.parametrize("number", ["12345", "+1", "+1202555", "call me", "+0000000000000", "👩", "+1" * 200])
@pytest.mark.parametrize("path", ["/auth/register", "/auth/user"])
def test_what_is_no_phone_number_is_refused(send: Send, path: str, number: str) -> None:
    assert_field_refused(send.with_field(path, "phone_number", number), "phone_number", "invalid")


MALFORMED: dict[str, bytes] = {
    "not JSON": b"email=ada@example.com",
    "cut off": b'{"email": "ada@exa',
    "nested deeply": b'{"email": ' + b"[" * 30_000,
    "nested deeply in objects": b'{"a":' * 10_000,
    "nested deeply and closed": b'{"email": ' + b"[" * 20_000 + b"]" * 20_000 + b"}",
    "a member twice": b'{"email": "a@b.co", "email": "c@d.co"}',
    "an inner member twice": b'{"email": {"a": 1, "a": 2}}',
    "a list": b"[]",
    "text": b'"email"',
    "a number": b"1",
    "null": b"null",
    "NaN": b'{"email": NaN}',
    "infinity": b'{"email": -Infinity}',
    "too many digits": b'{"email": ' + b"9" * 5000 + b"}",
    "two objects": b"{}{}",
    "single quotes": b"{'email': 1}",
    "a comment": b'{} // "email"',
    "a comma too many": b'{"email": "a",}',
    "not UTF-8": b'{"email": "\xff"}',
    "Latin-1": '{"email": "ü"}'.encode("latin-1"),
    "UTF-16": '{"email": "a"}'.encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf{}",
    "a raw control character": b'{"email": "\x00"}',
    "a bad escape": b'{"email": "\\x41"}',
    "a NUL byte": b"\0",
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_malformed_body_is_refused_everywhere(send: Send, body: bytes) -> None:
    for path in GOOD:
        assert_refused(send(path, body), 400, "malformed_body")


def test_a_hundred_thousand_brackets_are_too_many_bytes(send: Send) -> None:
    for path in GOOD:
        assert_refused(send(path, b"[" * 100_000), 413, "body_too_large")


def test_a_body_of_64_kb_is_read_and_one_byte_more_is_not(send: Send) -> None:
    start = b'{"token": "'
    fits = start + b"x" * (64 * 1024 - len(start) - 2) + b'"}'
    assert_refused(send("/auth/verify", fits), 401, "token_invalid")
    assert_refused(send("/auth/verify", fits + b" "), 413, "body_too_large")


@pytest.mark.parametrize(
    "name", ["firstName", "is_staff", "Email", "email ", "", "👩", "\ud800", "x" * 1000, "__proto__"]
)
@pytest.mark.parametrize("path", GOOD)
def test_an_unknown_field_is_never_lost_or_taken(send: Send, path: str, name: str) -> None:
    body = assert_refused(send.with_field(path, name, "x"), 400, "unknown_field")
    assert [(error["field"], error["code"]) for error in body["errors"]] == [(name, "unknown_field")]


@pytest.mark.parametrize("path", GOOD)
def test_an_empty_body_names_what_is_missing(send: Send, path: str) -> None:
    answers = [send(path, raw) for raw in (b"", b"{}", b"  \n")]
    assert len({answer.status_code for answer in answers}) == 1
    assert answers[0].status_code == {"/auth/user": 200, "/auth/logout": 401}.get(path, 400)


@pytest.mark.parametrize(
    "content_type",
    [
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain",
        "application/xml",
        ";;;",
        "é/ü",
    ],
)
def test_another_media_type_is_refused(api: APIClient, content_type: str) -> None:
    answer = send_raw(api, "/auth/login", b"email=ada@example.com", content_type=content_type)
    assert_refused(answer, 415, "unsupported_media_type")


@pytest.mark.parametrize("charset", ["", "; charset=utf-8", ";charset=UTF-8", "; charset=nonsense"])
def test_json_is_utf_8_with_or_without_a_charset(api: APIClient, charset: str) -> None:
    body = json.dumps(GOOD["/auth/verify"]).encode()
    answer = send_raw(api, "/auth/verify", body, content_type=f"application/json{charset}")
    assert_refused(answer, 401, "token_invalid")


def test_several_bad_fields_are_named_at_once(api: APIClient) -> None:
    answer = send_raw(api, "/auth/register", b'{"email": "ada", "first_name": null}')
    errors = assert_refused(answer, 400, "invalid_input")["errors"]
    assert {error["field"]: error["code"] for error in errors} == {
        "email": "invalid",
        "password": "required",
        "first_name": "null",
    }


def test_no_answer_repeats_a_password(send: Send) -> None:
    answer = send.with_field("/auth/register", "password", "do not repeat")
    assert "do not repeat" not in json.dumps(body_of(answer))
