"""What the OAuth endpoints take for a form, and what they refuse: in their own form, and never as a fault of ours."""

import json
from typing import Any, Final
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from accounts.models import Session
from accounts.rest.oauth.errors import InvalidRequest, exception_handler
from accounts.services.clients.clients import NewSecret
from accounts.tests.rest.conftest import send_raw
from accounts.tests.rest.test_bad_input import MALFORMED
from accounts.tests.support import service_clients
from accounts.tests.support.factories import Tokens
from accounts.tests.support.oauth import (
    FORM,
    OAUTH_PATHS,
    assert_oauth_refused,
    basic_of,
    in_body,
    post_form,
)
from accounts.tests.support.refusals import body_of

pytestmark = pytest.mark.django_db

REQUIRED: Final = {"/auth/token": "grant_type", "/auth/introspect": "token", "/auth/revoke": "token"}
OPTIONAL: Final = {"/auth/token": "scope", "/auth/introspect": "token_type_hint", "/auth/revoke": "token_type_hint"}
GOOD: Final = {"grant_type": "client_credentials", "token": "a.b.c"}
PATHS: Final = sorted(OAUTH_PATHS)
FIELDS: Final = [(path, REQUIRED[path]) for path in PATHS] + [
    (path, field) for path in PATHS for field in (OPTIONAL[path], "client_id", "client_secret")
]
OF_TOKENS: Final = ["/auth/introspect", "/auth/revoke"]
READ_AS_TEXT: Final = [(path, field) for path, field in FIELDS if field != "token"]
NO_TEXT_OF_OURS: Final = ["a\0b", "\0", "a\nb", "a\r\nSet-Cookie: x", "a\x85b"]
NO_UNICODE: Final = ["\ud800", "a\udfffb"]


@pytest.fixture
def made(db: None) -> NewSecret:
    return service_clients.make("tokens:introspect")


def good(path: str, made: NewSecret) -> dict[str, str]:
    return {REQUIRED[path]: GOOD[REQUIRED[path]]} | in_body(made)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("content_type", [FORM, f"{FORM};charset=UTF-8", f"{FORM}; charset=latin-1", FORM.upper()])
def test_a_form_is_utf_8_with_or_without_a_charset(
    api: APIClient, made: NewSecret, path: str, content_type: str
) -> None:
    answer = send_raw(api, path, urlencode(good(path, made)).encode(), content_type=content_type)
    assert answer.status_code == 200


@pytest.mark.parametrize("path", PATHS)
def test_the_same_is_taken_as_json(api: APIClient, made: NewSecret, path: str) -> None:
    by_form, by_json = post_form(api, path, good(path, made)), api.post(path, good(path, made))
    assert (by_form.status_code, by_json.status_code) == (200, 200)
    if path == "/auth/introspect":
        assert body_of(by_form) == body_of(by_json) == {"active": False}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "content_type", ["multipart/form-data; boundary=x", "text/plain", "application/xml", "", ";;;", "é/ü", 'a/b"c\\']
)
def test_another_media_type_is_refused(api: APIClient, made: NewSecret, path: str, content_type: str) -> None:
    answer = send_raw(api, path, urlencode(good(path, made)).encode(), content_type=content_type)
    assert_oauth_refused(answer, 415, "invalid_request")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "BREW"])
def test_nothing_is_there_but_post(api: APIClient, made: NewSecret, path: str, method: str) -> None:
    answer: Any = api.generic(method, f"{path}?{urlencode(good(path, made))}", content_type=FORM)
    assert answer.headers["Allow"] == "POST"
    if method == "HEAD":
        assert (answer.status_code, answer.content) == (405, b"")
    else:
        assert_oauth_refused(answer, 405, "invalid_request")


@pytest.mark.parametrize("path", PATHS)
def test_the_query_is_not_read(api: APIClient, made: NewSecret, path: str) -> None:
    """RFC 6749 sections 2.3.1 and 3.2: it would stand in logs."""
    empty = post_form(api, f"{path}?{urlencode(good(path, made))}", {})
    assert_oauth_refused(empty, 400, "invalid_request")
    required = {REQUIRED[path]: GOOD[REQUIRED[path]]}
    if path != "/auth/revoke":
        assert_oauth_refused(post_form(api, f"{path}?{urlencode(in_body(made))}", required), 401, "invalid_client")
    nonsense = urlencode({"grant_type": "x", "token": "x", "scope": "x", "client_id": "x", "client_secret": "x"})
    assert post_form(api, f"{path}?{nonsense}", good(path, made)).status_code == 200


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("body", [b"", b"&", b"=", b"&&=&", b"unknown", b"unknown=1"])
def test_a_missing_parameter_is_named(api: APIClient, path: str, body: bytes) -> None:
    refusal = assert_oauth_refused(post_form(api, path, body), 400, "invalid_request")
    assert refusal["error_description"].startswith(f"{REQUIRED[path]}: ")
    assert "error_uri" not in refusal


@pytest.mark.parametrize(("path", "field"), FIELDS)
def test_a_parameter_that_appears_twice_is_refused(api: APIClient, made: NewSecret, path: str, field: str) -> None:
    parameters = good(path, made)
    twice = [*parameters.items(), (field, parameters.get(field, "x")), (field, parameters.get(field, "x"))]
    assert_oauth_refused(post_form(api, path, twice), 400, "invalid_request")
    raw = json.dumps(parameters)[:-1] + f', "{field}": "x", "{field}": "x"}}'
    assert_oauth_refused(send_raw(api, path, raw.encode()), 400, "invalid_request")


@pytest.mark.parametrize("path", PATHS)
def test_what_is_not_known_is_ignored(api: APIClient, made: NewSecret, path: str) -> None:
    more = {"audience": "x", "resource": "https://a.example", "client_assertion": "y", "Token": "z", "é": "\N{SNOWMAN}"}
    assert post_form(api, path, good(path, made) | more).status_code == 200
    others: dict[str, Any] = {"audience": ["x"], "resource": None, "expires_in": 1, "nested": {"a": {}}}
    assert api.post(path, good(path, made) | others).status_code == 200


@pytest.mark.parametrize(("path", "field"), FIELDS)
def test_an_empty_value_is_as_good_as_none(api: APIClient, made: NewSecret, path: str, field: str) -> None:
    parameters = good(path, made)
    without = {name: value for name, value in parameters.items() if name != field}
    expected = post_form(api, path, without)
    answers = [post_form(api, path, parameters | {field: ""})]
    answers += [api.post(path, parameters | {field: value}) for value in ("", None)]
    assert [answer.status_code for answer in answers] == [expected.status_code] * 3


@pytest.mark.parametrize(("path", "field"), FIELDS)
@pytest.mark.parametrize("value", [1, 1.5, True, False, [], ["a"], {}, {"a": "b"}, 10**400], ids=repr)
def test_what_is_no_text_is_refused(api: APIClient, made: NewSecret, path: str, field: str, value: Any) -> None:
    body = assert_oauth_refused(api.post(path, good(path, made) | {field: value}), 400, "invalid_request")
    assert body["error_description"].startswith(f"{field}: ")


@pytest.mark.parametrize(("path", "field"), READ_AS_TEXT)
@pytest.mark.parametrize("text", NO_TEXT_OF_OURS)
def test_control_characters_are_refused(api: APIClient, made: NewSecret, path: str, field: str, text: str) -> None:
    for answer in (
        post_form(api, path, good(path, made) | {field: text}),
        api.post(path, good(path, made) | {field: text}),
    ):
        assert_oauth_refused(answer, 400, "invalid_request")


@pytest.mark.parametrize(("path", "field"), FIELDS)
def test_what_is_no_unicode_is_refused(api: APIClient, made: NewSecret, path: str, field: str) -> None:
    for text in NO_UNICODE if field != "token" else ():
        raw = json.dumps(good(path, made) | {field: text}).encode()
        assert_oauth_refused(send_raw(api, path, raw), 400, "invalid_request")
    rest = urlencode({name: value for name, value in good(path, made).items() if name != field}).encode()
    for raw in (b"%ff", b"\xff", b"%ed%a0%80", b"%c3"):
        assert_oauth_refused(post_form(api, path, rest + f"&{field}=".encode() + raw), 400, "invalid_request")


@pytest.mark.parametrize("path", OF_TOKENS)
@pytest.mark.parametrize("text", [*NO_TEXT_OF_OURS, *NO_UNICODE, " ", "\n", " a.b.c"])
def test_any_text_in_the_place_of_a_token_is_judged_as_one(
    api: APIClient, made: NewSecret, path: str, text: str
) -> None:
    """RFC 7662 section 2.2 and RFC 7009 section 2.2: what is no token is no error."""
    answers: list[Any] = [send_raw(api, path, json.dumps(good(path, made) | {"token": text}).encode())]
    if text not in NO_UNICODE:
        answers.append(post_form(api, path, good(path, made) | {"token": text}))
    for answer in answers:
        assert (answer.status_code, answer.content) == (200, b"" if path == "/auth/revoke" else b'{"active":false}')


@pytest.mark.parametrize("path", OF_TOKENS)
def test_a_token_is_not_trimmed_into_shape(api: APIClient, made: NewSecret, tokens: Tokens, path: str) -> None:
    for text in (f" {tokens.access}", f"{tokens.access}\n"):
        answer: Any = post_form(api, path, good(path, made) | {"token": text})
        assert (answer.status_code, answer.content) == (200, b"" if path == "/auth/revoke" else b'{"active":false}')
    assert Session.objects.unrevoked().count() == 1


@pytest.mark.parametrize("path", PATHS)
def test_a_refusal_says_in_ascii_what_it_says_elsewhere(api: APIClient, made: NewSecret, path: str) -> None:
    no_object = assert_oauth_refused(send_raw(api, path, b"[1]"), 400, "invalid_request")
    assert no_object["error_description"] == "The body is JSON, but no object: write {...}."
    media_type = send_raw(api, path, b"x", content_type="text/plain")
    refusal = assert_oauth_refused(media_type, 415, "invalid_request")
    assert refusal["error_description"] == f"Send {FORM} or application/json."


def test_what_a_description_may_not_have_is_written_as_on_a_typewriter() -> None:
    answer: Any = exception_handler(InvalidRequest('“a” – "b"… c\\d ‘e’\n\N{SNOWMAN}'), {})
    assert body_of(answer)["error_description"] == "'a' - 'b'... c/d 'e'??"


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED.keys())
def test_malformed_json_is_refused(api: APIClient, path: str, body: bytes) -> None:
    assert_oauth_refused(send_raw(api, path, body), 400, "invalid_request")


@pytest.mark.parametrize(("path", "field"), FIELDS)
def test_long_values_are_read_up_to_64_kb(api: APIClient, made: NewSecret, path: str, field: str) -> None:
    for answer in (
        post_form(api, path, good(path, made) | {field: "x" * 60_000}),
        post_form(api, path, good(path, made) | {field: "x " * 20_000}),
    ):
        assert answer.status_code in {200, 400, 401}
    for size, client in ((64 * 1024, api), (2**20, api)):
        answer = post_form(client, path, good(path, made) | {field: "x" * size})
        assert_oauth_refused(answer, 413, "invalid_request")
    assert_oauth_refused(api.post(path, good(path, made) | {field: "x" * 2**16}), 413, "invalid_request")


@pytest.mark.parametrize("path", PATHS)
def test_a_form_of_64_kb_is_read_and_one_byte_more_is_not(api: APIClient, made: NewSecret, path: str) -> None:
    start = urlencode(good(path, made)).encode() + b"&unknown="
    fits = start + b"x" * (64 * 1024 - len(start))
    assert post_form(api, path, fits).status_code == 200
    assert_oauth_refused(post_form(api, path, fits + b"x"), 413, "invalid_request")
    assert post_form(api, path, start + b"&" * (60_000 - len(start))).status_code == 200


@given(body=st.one_of(st.binary(max_size=80), st.text('&=%+ab0\0é;[]{}"', max_size=40).map(str.encode)))
@hypothesis_settings(
    max_examples=60, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("content_type", [FORM, "application/json"])
def test_no_body_breaks_anything(api: APIClient, path: str, content_type: str, body: bytes) -> None:
    assert send_raw(api, path, body, content_type=content_type).status_code in {400, 401}


@pytest.mark.parametrize("path", PATHS)
def test_a_trailing_slash_is_taken(api: APIClient, made: NewSecret, path: str) -> None:
    assert post_form(api, f"{path}/", good(path, made)).status_code == 200


@pytest.mark.parametrize("path", PATHS)
def test_credentials_in_two_ways_are_refused_everywhere(api: APIClient, made: NewSecret, path: str) -> None:
    assert_oauth_refused(post_form(api, path, good(path, made), basic_of(made)), 400, "invalid_request")


@pytest.mark.parametrize("path", PATHS)
def test_a_fault_of_ours_is_said_to_be_one(api: APIClient, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def get_going(*_: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr("accounts.rest.oauth.forms.FormParser.parse", get_going)
    api.raise_request_exception = False
    answer = post_form(api, path, {"token": "x"})
    assert (answer.status_code, "secret" in str(body_of(answer))) == (500, False)


@pytest.mark.parametrize("path", ["/auth/introspect", "/auth/token"])
def test_cookies_prove_nothing(api: APIClient, made: NewSecret, path: str) -> None:
    api.cookies["access"] = service_clients.token_of(made)
    answer = post_form(api, path, {REQUIRED[path]: GOOD[REQUIRED[path]]})
    assert_oauth_refused(answer, 401, "invalid_client")
