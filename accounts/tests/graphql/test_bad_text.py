"""Text that no database or no mind can take is refused by name, written into the document or sent as a variable."""

import json
from typing import Any

import pytest

from accounts.models import Session, User
from accounts.tests.graphql.asking import ask, hurried, send
from accounts.tests.support.factories import Tokens

pytestmark = pytest.mark.django_db

PASSWORD = "river-lantern-copper-moss-47"
CALLS: dict[str, tuple[str, dict[str, str]]] = {
    "register": ("RegisterInput", {"email": "ada@example.com", "password": PASSWORD, "firstName": "Ada"}),
    "login": ("LoginInput", {"email": "ada@example.com", "password": PASSWORD}),
    "refreshToken": ("RefreshTokenInput", {"refresh": "a.b.c"}),
    "logout": ("LogoutInput", {"refresh": "a.b.c"}),
    "updateMe": ("UpdateMeInput", {"firstName": "Ada", "lastName": "Lovelace", "phoneNumber": "+12025550123"}),
    "changePassword": ("ChangePasswordInput", {"currentPassword": "wrong", "newPassword": "another-lantern-of-copper"}),
}
ALL = [(call, field) for call, (_, values) in CALLS.items() for field in values]


def call(name: str, values: dict[str, Any], tokens: Tokens) -> Any:
    query = f"mutation ($input: {CALLS[name][0]}!) {{ {name}(input: $input) {{ __typename }} }}"
    return ask(query, {"input": values}, token=tokens.access)


@pytest.mark.parametrize(("name", "field"), ALL)
@pytest.mark.parametrize("text", ["a\0b", "\ud800", "a\udfffb"], ids=["NUL", "high surrogate", "low surrogate"])
def test_what_no_database_takes_is_refused_by_name(tokens: Tokens, name: str, field: str, text: str) -> None:
    answer = call(name, CALLS[name][1] | {field: text}, tokens)
    assert answer.code == "invalid_input"
    assert {where for where, _ in answer.field_errors} == {field}
    assert User.objects.count() == Session.objects.count() == 1


@pytest.mark.parametrize("literal", ['"a\0b"', '"a\\u0000b"', '"a\\u{0}b"', '"""a\0b"""'])
def test_a_nul_in_the_document_is_refused_by_name(literal: str) -> None:
    answer = ask(f"mutation {{ login(input: {{email: {literal}, password: {literal}}}) {{ access }} }}")
    assert answer.field_errors == [("email", "control_characters"), ("password", "null_characters_not_allowed")]
    assert ask(f"{{ verifyToken(token: {literal}) {{ sub }} }}").field_errors == [("token", "control_characters")]


@pytest.mark.parametrize("literal", ['"\\uD800"', '"\\uDFFF"', '"\\u{D800}"', '"\\u{110000}"', '"\ud800"'])
def test_half_a_character_is_no_graphql(literal: str) -> None:
    assert ask(f"{{ verifyToken(token: {literal}) {{ sub }} }}").code == "graphql_parse_failed"


def test_names_that_are_no_unicode_are_refused_and_can_be_shown() -> None:
    assert ask("{ __typename }", operation_name="\ud800").code == "graphql_validation_failed"
    query = "mutation ($input: LoginInput!) { login(input: $input) { access } }"
    answer = ask(query, {"input": {"email": "a", "password": "b", "\ud800": 1}})
    assert answer.code == "graphql_validation_failed"
    assert "\\ud800" in answer.errors[0]["message"]
    assert ask("{ __typename }", {"\ud800": 1}).data


@pytest.mark.parametrize("value", [1, 1.5, True, [], ["a"], {}, {"a": "b"}, 10**400, None])
@pytest.mark.parametrize(("name", "field"), [pair for pair in ALL if pair[0] in {"login", "refreshToken"}])
def test_only_text_is_text(tokens: Tokens, name: str, field: str, value: object) -> None:
    answer = call(name, CALLS[name][1] | {field: value}, tokens)
    assert answer.code == "graphql_validation_failed"
    assert f"input.{field}" in answer.errors[0]["message"]


@pytest.mark.parametrize("value", ["1", 2**31, -(2**31) - 1, 10**300, 1.5, "true", None])
def test_no_other_value_passes_for_a_boolean(value: object) -> None:
    assert ask("query ($a: Boolean!) { me @skip(if: $a) { id } }", {"a": value}).code == "graphql_validation_failed"


@pytest.mark.parametrize(
    "query",
    [
        "{ me @skip { id } }",
        '{ me @skip(if: "true") { id } }',
        "{ me @skip(if: null) { id } }",
        "{ me @include(if: $a) { id } }",
        "{ me @skip(if: true) @skip(if: false) { id } }",
        "{ me @deprecated { id } }",
        "{ me @nothing { id } }",
        "query @skip(if: true) { me { id } }",
        "{ me { id @skip(if: {}) } }",
        "query ($a: Boolean = 1) { me @skip(if: $a) { id } }",
        "query ($a: [Boolean]) { me @skip(if: $a) { id } }",
        "query ($a: Boolean!, $a: Boolean!) { me @skip(if: $a) { id } }",
        "query ($a: User) { me { id } }",
        "query ($a: Nothing) { me { id } }",
    ],
)
def test_directives_and_variables_are_checked(query: str) -> None:
    assert ask(query).code == "graphql_validation_failed"


def test_what_is_skipped_is_not_asked() -> None:
    assert ask("{ me @skip(if: true) { id } __typename }").data == {"__typename": "Query"}
    assert ask("{ ... @include(if: false) { me { id } } }").data == {}


SECRET = "do-not-repeat-1234567890"
LEAKS: list[tuple[str, Any]] = [
    ("mutation ($i: LoginInput!) { login(input: $i) { access } }", {"i": {"password": SECRET}}),
    ("mutation ($i: LoginInput!) { login(input: $i) { access } }", {"i": {"password": [SECRET], "email": "a"}}),
    ("mutation ($i: LoginInput!) { login(input: $i) { access } }", {"i": {"password": SECRET, "email": "a", "x": 1}}),
    ("mutation ($i: LoginInput!) { login(input: $i) { access } }", {"i": SECRET}),
    ("mutation ($i: LoginInput!) { login(input: $i) { access } }", {"i": [f"'{SECRET}; at 'x'"]}),
    ("mutation ($p: String!) { login(input: {email: 1, password: $p}) { access } }", {"p": SECRET}),
    (f'mutation {{ login(input: "{SECRET}") {{ access }} }}', None),
    (f'mutation {{ login(input: {{email: "a", password: ["{SECRET}"]}}) {{ access }} }}', None),
    (f'mutation {{ login(input: {{email: "a", password: {{a: "{SECRET}"}}}}) {{ access }} }}', None),
    (f'mutation {{ login(input: {{password: "{SECRET}"}}) {{ access }} }}', None),
    (f'mutation {{ login(input: {{email: "a", password: "{SECRET}}}) {{ access }} }}', None),
    (f'mutation {{ revokeSession(input: {{id: ["{SECRET}"]}}) {{ ok }} }}', None),
]


@pytest.mark.parametrize(("query", "variables"), LEAKS)
@pytest.mark.parametrize("is_on", [False, True], ids=["production", "GraphiQL"])
def test_no_answer_repeats_a_value(query: str, variables: Any, request: pytest.FixtureRequest, is_on: bool) -> None:
    if is_on:
        request.getfixturevalue("graphiql")
    answer = ask(query, variables)
    assert answer.errors
    assert SECRET not in json.dumps(answer.body)


def test_an_answer_to_bad_input_is_short_and_soon() -> None:
    login = "mutation ($i: LoginInput!) { login(input: $i) { access } }"
    answers = [
        hurried("{" + "a" * 60_000 + "}"),
        hurried("{" + " ".join("x: " + chr(97 + i) * 2500 for i in range(20)) + "}"),
        hurried(login, {"i": {" Did you mean " * 4000: 1}}),
        hurried(login, {"i": {f"{i:0100}": 1 for i in range(500)}}),
        hurried("query(" + " ".join(f"$v{i}: String" for i in range(490)) + "){ __typename }"),
        hurried("{ verifyToken(" + " ".join(f"a{i}: 1" for i in range(490)) + ") { sub } }"),
        hurried("{ verifyToken(token: " + "9" * 60_000 + ") { sub } }"),
        send(b'{"query": "{ __typename }", "operationName": "' + b"x" * 60_000 + b'"}'),
    ]
    for answer in answers:
        assert answer.code == "graphql_validation_failed"
        assert len(json.dumps(answer.body)) < 30_000
