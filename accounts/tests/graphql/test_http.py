"""GraphQL over HTTP: what is taken as a request, and which media type and status its answer has."""

import json
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from accounts.tests.graphql.asking import JSON, NEWER, Answer, ask, get, send
from accounts.tests.support.factories import PASSWORD, Tokens
from accounts.tests.support.refusals import assert_refused

pytestmark = pytest.mark.django_db

TYPENAME = "{ __typename }"
GOOD = {"data": {"__typename": "Query"}}
LOGOUT = "mutation { logout { ok } }"

NO_REQUESTS: dict[str, bytes] = {
    "nothing": b"",
    "an empty object": b"{}",
    "no query": b'{"variables": {}}',
    "an empty query": b'{"query": ""}',
    "a blank query": b'{"query": " \\n"}',
    "null as query": b'{"query": null}',
    "a number as query": b'{"query": 1}',
    "a list as query": b'{"query": ["{ __typename }"]}',
    "a batch": b'[{"query": "{ __typename }"}, {"query": "{ __typename }"}]',
    "an empty batch": b"[]",
    "a string": b'"{ __typename }"',
    "GraphQL itself": b"{ __typename }",
    "variables as a list": b'{"query": "{ __typename }", "variables": []}',
    "variables as text": b'{"query": "{ __typename }", "variables": "{}"}',
    "variables as a number": b'{"query": "{ __typename }", "variables": 0}',
    "operationName as a number": b'{"query": "{ __typename }", "operationName": 1}',
    "operationName as false": b'{"query": "{ __typename }", "operationName": false}',
    "extensions as text": b'{"query": "{ __typename }", "extensions": "x"}',
    "two queries": b'{"query": "{ __typename }", "query": "{ __typename }"}',
    "cut off": b'{"query": "{ __typ',
    "not UTF-8": b'{"query": "\xff"}',
    "NaN": b'{"query": "{ __typename }", "variables": {"a": NaN}}',
    "nested deeply": b'{"query": "{ __typename }", "variables": {"a":' + b"[" * 30_000 + b"]" * 30_000 + b"}}",
}


def posted(body: Any, **headers: Any) -> Any:
    return APIClient().generic("POST", "/graphql", body, content_type="application/json", **headers)


@pytest.mark.parametrize("body", NO_REQUESTS.values(), ids=NO_REQUESTS.keys())
@pytest.mark.parametrize("accept", ["application/json", NEWER])
def test_what_is_no_graphql_request_is_a_problem(body: bytes, accept: str) -> None:
    assert_refused(posted(body, HTTP_ACCEPT=accept), 400, "malformed_body")


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/x-www-form-urlencoded", "query=%7B__typename%7D"),
        ("multipart/form-data; boundary=x", '--x\r\nContent-Disposition: form-data; name="query"\r\n\r\n{me}\r\n--x--'),
        ("text/plain", '{"query": "{ __typename }"}'),
        ("application/graphql", "{ __typename }"),
        ("application/jsonp", "{}"),
        ("", '{"query": "{ __typename }"}'),
    ],
)
def test_only_json_is_taken(content_type: str, body: str) -> None:
    answer = APIClient().generic("POST", "/graphql", body, content_type=content_type)
    assert_refused(answer, 415, "unsupported_media_type")


@pytest.mark.parametrize("charset", ["; charset=utf-8", ";charset=UTF-8", "; charset=nonsense"])
def test_json_is_utf_8_with_or_without_a_charset(charset: str) -> None:
    assert send(b'{"query": "{ __typename }"}', content_type=f"application/json{charset}").body == GOOD


def test_64_kb_are_read_and_one_byte_more_is_not() -> None:
    start, end = b'{"query": "{ __typename }', b'"}'
    fits = start + b" " * (64 * 1024 - len(start) - len(end)) + end
    assert send(fits).body == GOOD
    assert_refused(posted(fits + b" "), 413, "body_too_large")


def test_members_that_graphql_over_http_does_not_know_are_left_alone() -> None:
    assert send(b'{"query": "{ __typename }", "extensions": {"a": 1}, "doc_id": "x"}').body == GOOD
    assert send(b'{"query": "{ __typename }", "extensions": null, "variables": null, "operationName": ""}').body == GOOD


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS"])
def test_there_is_post_and_get_alone(method: str) -> None:
    assert_refused(APIClient().generic(method, "/graphql", "{}", "application/json"), 405, "method_not_allowed")


def test_a_query_may_come_by_get(user: User, tokens: Tokens) -> None:
    query = "query A($a: Boolean!) { me { id email @include(if: $a) } } query B { __typename }"
    parameters = {"query": query, "operationName": "A", "variables": '{"a": false}'}
    assert get(parameters, HTTP_AUTHORIZATION=f"Bearer {tokens.access}").data == {"me": {"id": str(user.pk)}}


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"query": ""},
        {"query": TYPENAME, "variables": "{"},
        {"query": TYPENAME, "variables": "[]"},
        {"query": TYPENAME, "variables": "[" * 5000},
        {"query": TYPENAME, "extensions": "x"},
    ],
)
def test_what_is_no_request_by_get_is_a_problem(parameters: dict[str, str]) -> None:
    assert_refused(APIClient().get("/graphql", parameters), 400, "malformed_body")


@pytest.mark.parametrize("query", [LOGOUT, "query A { __typename } mutation B { logout { ok } }"])
def test_a_mutation_by_get_is_refused_and_not_done(tokens: Tokens, query: str) -> None:
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {tokens.access}"}
    answer = APIClient().get("/graphql", {"query": query, "operationName": "B" * ("B" in query)}, **bearer)  # type: ignore[arg-type]
    assert_refused(answer, 405, "method_not_allowed")
    assert ask("{ me { id } }", token=tokens.access).data["me"]


def test_a_token_in_the_query_string_is_not_read(tokens: Tokens) -> None:
    for name in ("access_token", "token", "authorization"):
        assert get({"query": "{ me { id } }", name: tokens.access}).code == "not_authenticated"


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        ("application/json", JSON),
        ("application/json; charset=utf-8", JSON),
        (NEWER, f"{NEWER}; charset=utf-8"),
        (f"{NEWER}; charset=utf-8", f"{NEWER}; charset=utf-8"),
        (f"{NEWER}, application/json;q=0.9", f"{NEWER}; charset=utf-8"),
        (f"{NEWER}, application/graphql+json, application/json, text/event-stream", f"{NEWER}; charset=utf-8"),
        (f"application/json, {NEWER};q=0.5", JSON),
        (f"{NEWER};q=0, */*", JSON),
        ("text/html, application/xhtml+xml, */*;q=0.8", JSON),
        ("x" * 1000 + ", */*", JSON),
    ],
)
def test_the_client_chooses_the_media_type(accept: str, expected: str) -> None:
    answer = ask(TYPENAME, accept=accept)
    assert (answer.status, answer.headers["Content-Type"]) == (200, expected)
    assert "Accept" in answer.headers["Vary"]


@pytest.mark.parametrize("accept", ["image/png", "application/json;q=0", "text/event-stream"])
def test_a_media_type_that_is_not_there_is_not_acceptable(accept: str) -> None:
    answer = APIClient().post("/graphql", {"query": TYPENAME}, HTTP_ACCEPT=accept)
    assert_refused(answer, 406, "not_acceptable")


SKIP = "query ($a: Boolean!) { me @skip(if: $a) { id } }"
REFUSED_BEFORE_EXECUTION: dict[str, tuple[str, Any, str | None, str]] = {
    "syntax": ("{", None, None, "graphql_parse_failed"),
    "validation": ("{ nothing }", None, None, "graphql_validation_failed"),
    "limits": ("{" + "me{" * 11 + "id" + "}" * 12, None, None, "query_too_complex"),
    "a variable of another type": (SKIP, {"a": "x"}, None, "graphql_validation_failed"),
    "a missing variable": (SKIP, {}, None, "graphql_validation_failed"),
    "no such operation": ("query A { __typename }", None, "B", "graphql_validation_failed"),
    "no operation is named": ("query A { __typename } query B { __typename }", None, None, "graphql_validation_failed"),
    "a fragment alone": ("fragment A on Query { __typename }", None, None, "graphql_validation_failed"),
    "a subscription": ("subscription { __typename }", None, None, "graphql_validation_failed"),
    "a type definition": ("type A { a: Int }", None, None, "graphql_validation_failed"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("query", "variables", "operation_name", "code"),
    REFUSED_BEFORE_EXECUTION.values(),
    ids=REFUSED_BEFORE_EXECUTION.keys(),
)
def test_refused_before_execution_is_400_with_the_newer_media_type_alone(
    query: str, variables: Any, operation_name: str | None, code: str
) -> None:
    def asked(accept: str) -> Answer:
        return ask(query, variables, operation_name=operation_name, accept=accept)

    assert (asked("application/json").status, asked(NEWER).status) == (200, 400)
    assert asked(NEWER).body == asked("application/json").body
    assert asked(NEWER).code == code
    assert "data" not in asked(NEWER).body


@pytest.mark.parametrize("accept", ["application/json", NEWER])
def test_a_field_that_is_refused_is_200_and_says_where(accept: str) -> None:
    answer = ask("{ __typename who: me { id } }", accept=accept)
    assert answer.status == 200
    assert answer.body == {
        "data": None,
        "errors": [
            {
                "message": "Send an access token: `Authorization: Bearer <access>`.",
                "locations": [{"line": 1, "column": 14}],
                "path": ["who"],
                "extensions": {"code": "not_authenticated"},
            }
        ],
    }


def test_a_refused_mutation_leaves_the_next_its_answer(tokens: Tokens) -> None:
    mutation = 'mutation { revokeSession(input: {id: "x"}) { ok } logout { ok } }'
    answer = ask(mutation, token=tokens.access)
    assert answer.body["data"] == {"revokeSession": None, "logout": {"ok": True}}
    assert answer.code == "not_found"


def test_a_trailing_slash_is_taken_without_a_redirect() -> None:
    assert APIClient().post("/graphql/", {"query": TYPENAME}).json() == GOOD


def test_every_answer_has_the_headers_that_every_answer_has(user: User) -> None:
    credentials = json.dumps({"email": user.email, "password": PASSWORD})
    login = "mutation ($i: LoginInput!) { login(input: $i) { access } }"
    answer = send(f'{{"query": "{login}", "variables": {{"i": {credentials}}}}}'.encode())
    assert answer.data["login"]["access"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Request-ID"]
