"""Limits on documents: counted before the validator sees them, with fragments written out."""

import json

import pytest
from graphql import (
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    get_introspection_query,
    get_named_type,
    parse,
)
from rest_framework.test import APIClient

from accounts.graphql import limits
from accounts.graphql.errors import QueryTooComplex
from accounts.graphql.views import graphql_schema
from accounts.models import Session
from accounts.tests.graphql.asking import ask, hurried, written
from accounts.tests.support.factories import Tokens
from accounts.tests.support.refusals import assert_refused

LOGIN = 'login(input: {email: "a@b.co", password: "x"}) { access }'


CHANGE = 'changePassword(input: {currentPassword: "a", newPassword: "b"}) { ok }'
REGISTER = 'register(input: {email: "a@b.co", password: "x"}) { user { id } }'


def measured(query: str) -> None:
    limits.check(parse(query))


def chained(links: int, *, turned: bool = False) -> str:
    """Fragments each of which spreads the next; turned: the last is written first."""
    fragments = [f"fragment f{i} on Query {{ ...f{i + 1} }}" for i in range(links)]
    fragments.append(f"fragment f{links} on Query {{ __typename }}")
    return " ".join(["{ ...f0 }", *(reversed(fragments) if turned else fragments)])


def fan(body: str, *, levels: int = 20) -> str:
    """Each fragment spreads the next twice, so that the last is asked for 2 ** levels times."""
    fragments = [f"fragment f{i} on Query{{{body}...f{i + 1} ...f{i + 1}}}" for i in range(levels)]
    return "{...f0}" + "".join(fragments) + f"fragment f{levels} on Query{{{body}__typename}}"


ON_QUERY = "fragment a on Query "
ON_MUTATION = "on Mutation "
HOSTILE = {
    "31 aliases": "{" + written("a%: __typename ", 31) + "}",
    "31 aliases in fragments": "{...a ...a}" + ON_QUERY + "{" + written("a%: __typename ", 16) + "}",
    "a fan of aliases": fan("a: me { id } "),
    "a fan of aliases below fields": fan("me { a: id } "),
    "a fan of fields": fan("me { id } "),
    "a fan of nothing": fan(""),
    "inline fragments": "{" + "... {" * 20 + "__typename " * 16 + "}" * 20 + "... {" + "__typename " * 300 + "}}",
    "301 fields": "{" + "__typename " * 301 + "}",
    "301 fields that nothing uses": "{ __typename }" + ON_QUERY + "{" + "me { id }" * 160 + "}",
    "11 levels": "{" + "me {" * 10 + "id" + "}" * 11,
    "11 levels through fragments": (
        "{...a}" + ON_QUERY + "{" + "me {" * 5 + "...b" + "}" * 6 + "fragment b on User {" + "me {" * 5 + "id" + "}" * 6
    ),
    "180 levels": "{" + "me {" * 180 + "id" + "}" * 181,
    "levels without fields": "{" + "... {" * 60 + "__typename" + "}" * 61,
    "a chain": chained(220),
    "a chain, its end first": chained(220, turned=True),
    "a circle of one": "{...a}" + ON_QUERY + "{...a}",
    "a circle of three": "{...a}" + ON_QUERY + "{...b} fragment b on Query {...c} fragment c on Query {...a}",
    "a circle below a field": "{me{...a}} fragment a on User {id ...b} fragment b on User {...a}",
    "a circle that nothing uses": "{__typename}" + ON_QUERY + "{...b} fragment b on Query {...a}",
    "a circle of everybody": "{...f0}"
    + written("fragment f% on Query {" + " ".join(f"...f{j}" for j in range(20)) + "}", 20),
    "two lists of everything": "{" + written("s%: sessions { id createdAt expiresAt ip userAgent amr } ", 2) + "}",
    "thirty short lists": "{" + written("s%: sessions { id } ", 30) + "}",
    "a long list with many aliases": "{ sessions {" + written("u%: userAgent ", 30) + "}}",
    "two logins": "mutation {" + written(f"a%: {LOGIN} ", 2) + "}",
    "two logins that would be one": "mutation {" + f"{LOGIN} " * 2 + "}",
    "logins in fragments": "mutation { ...f0 ...f1 }" + written(f"fragment f% {ON_MUTATION} {{ a%: {LOGIN} }}", 2),
    "one fragment twice": f"mutation {{ ...a ...a }} fragment a {ON_MUTATION} {{ {LOGIN} }}",
    "logins in inline fragments": f"mutation {{ ... {{ a: {LOGIN} }} ... {ON_MUTATION} {{ ... {{ b: {LOGIN} }} }} }}",
    "logins that are skipped": f"mutation {{ a: {LOGIN} ... @skip(if: true) {{ b: {LOGIN} }} }}",
    "logins that are not included": f"mutation {{ a: {LOGIN} ... @include(if: false) {{ b: {LOGIN} }} }}",
    "credentials of different kinds": f'mutation {{ {LOGIN} refreshToken(input: {{refresh: "x"}}) {{ access }} }}',
    "a password and an account": f"mutation {{ {CHANGE} {REGISTER} }}",
    "the second of two operations": f"mutation A {{ logout {{ ok }} }} mutation B {{ a: {LOGIN} b: {LOGIN} }}",
}


@pytest.mark.parametrize("query", HOSTILE.values(), ids=HOSTILE.keys())
def test_beyond_the_limits_nothing_is_validated_or_executed(query: str) -> None:
    with pytest.raises(QueryTooComplex):
        measured(query)
    assert hurried(query).code == "query_too_complex"


@pytest.mark.parametrize("query", [query for name, query in HOSTILE.items() if "circle" in name])
def test_a_circle_of_fragments_is_called_one(query: str) -> None:
    with pytest.raises(QueryTooComplex, match="leads back to itself"):
        measured(query)


WORDY = {
    "6,000 short aliases": "{" + written("a%:id ", 6000) + "}",
    "depth 600": "{" + "me{" * 600 + "id" + "}" * 601,
    "depth 600 of a value": "{verifyToken(token:" + "[" * 600 + "]" * 600 + "){sub}}",
    "depth 600 of an object": "{verifyToken(token:" + "{a:" * 400 + "1" + "}" * 400 + "){sub}}",
    "depth 600 of a type": "query($a:" + "[" * 600 + "Int" + "]" * 600 + "){__typename}",
    "60 KB of __typename": "{" + "__typename " * 5500 + "}",
    "operations": written("query q%{a}", 4000),
    "comments": "#\n" * 20_000 + "{ __typename }",
    "2,001 tokens": "{" + "__typename " * 1999 + "}",
    "an endless string": '{verifyToken(token:"' + "a" * 60_000,
    "a NUL outside of a string": "{ __typename }\0",
}


@pytest.mark.parametrize("query", WORDY.values(), ids=WORDY.keys())
def test_what_is_too_much_to_read_is_not_read_on(query: str) -> None:
    assert hurried(query).code == "graphql_parse_failed"


TOO_LARGE = {
    "10,000 aliases": "{" + written("a%: __typename ", 10_000) + "}",
    "110 KB of __typename": "{" + "__typename " * 10_000 + "}",
    "5,000 operations": written("query q% { __typename } ", 5000),
}


@pytest.mark.parametrize("query", TOO_LARGE.values(), ids=TOO_LARGE.keys())
def test_what_is_larger_than_a_body_is_not_even_parsed(query: str) -> None:
    assert_refused(APIClient().post("/graphql", {"query": query}), 413, "body_too_large")


def test_a_fan_of_fragments_would_have_answered_a_thousand_times_its_size() -> None:
    query = fan("", levels=17)
    assert len(query) < 1300
    assert 2**17 * len('"__typename":"Query"') > 1_500_000
    assert hurried(query).code == "query_too_complex"


@pytest.mark.django_db
def test_deep_variables_are_refused_in_time() -> None:
    query = "query ($token: String!) { verifyToken(token: $token) { sub } }"
    for opening, closing in (("[", "]"), ('{"a":', "}")):
        for depth in (10, 500, 900):
            value = json.loads(f"{opening * depth}1{closing * depth}")
            assert hurried(query, {"token": value}).code == "graphql_validation_failed"


GOOD = {
    "all there is to sessions": (
        "{ me { id } sessions { id createdAt lastUsedAt expiresAt ip userAgent amr current __typename } }"
    ),
    "30 aliases": "{" + written("a%: __typename ", 30) + "}",
    "300 fields": "{" + "__typename " * 300 + "}",
    "10 levels": "{" + "me{" * 9 + "id" + "}" * 10,
    "introspection": get_introspection_query(
        specified_by_url=True, directive_is_repeatable=True, schema_description=True, input_value_deprecation=True
    ),
    "one credential mutation and others": f"mutation {{ {LOGIN} logout {{ ok }} }}",
    "one credential mutation in each operation": f"mutation A {{ {LOGIN} }} mutation B {{ {LOGIN} }}",
    "a field that is called login elsewhere": "{ me { login login login } }",
    "an unknown fragment": "{ ...a }",
    "a fragment in two places": "{ a: me { ...u } b: me { ...u } } fragment u on User { id email }",
    "a chain of forty": chained(40),
}


@pytest.mark.parametrize("query", GOOD.values(), ids=GOOD.keys())
def test_what_people_write_is_within_the_limits(query: str) -> None:
    measured(query)


def test_every_list_of_objects_has_its_length() -> None:
    """A list that is not weighed would let a short document ask for a long answer."""
    lists = {
        name
        for kind in graphql_schema.type_map.values()
        if isinstance(kind, GraphQLObjectType) and not kind.name.startswith("__")
        for name, field in kind.fields.items()
        if is_list_of_objects(field.type)
    }
    assert lists == {"sessions", "edges"}
    holders = {
        name
        for kind in graphql_schema.type_map.values()
        if isinstance(kind, GraphQLObjectType)
        for name, field in kind.fields.items()
        if "edges" in getattr(get_named_type(field.type), "fields", ())
    }
    assert holders == {limits.LIST_OF_PEOPLE}  # by whose `first` they are weighed


def is_list_of_objects(kind: object) -> bool:
    within_list = False
    while isinstance(kind, GraphQLNonNull | GraphQLList):
        within_list |= isinstance(kind, GraphQLList)
        kind = kind.of_type
    return within_list and isinstance(kind, GraphQLObjectType)


@pytest.mark.django_db
def test_refused_documents_do_nothing(tokens: Tokens) -> None:
    assert ask("mutation {" + written("a%: logout { ok } ", 31) + "}", token=tokens.access).code == "query_too_complex"
    assert Session.objects.get().revoked_at is None
