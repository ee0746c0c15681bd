"""Documents that were read are remembered: the good ones, up to a bound, and apart for each way of reading."""

from collections.abc import Iterator
from typing import Any

import pytest
from graphql import DocumentNode

from accounts.graphql import documents
from accounts.graphql.documents import REMEMBERED_IN_ALL, REMEMBERED_LENGTH, Rejected
from accounts.graphql.views import graphql_schema
from accounts.tests.graphql.asking import ask

SCHEMA = "{ __schema { queryType { name } } }"


@pytest.fixture(autouse=True)
def _empty() -> Iterator[None]:
    documents.remembered.forget()
    yield
    documents.remembered.forget()


def read(query: str, *, introspection: bool = False) -> DocumentNode:
    return documents.read(query, graphql_schema, introspection=introspection)


def remembered() -> int:
    """Characters."""
    return documents.remembered.length


def test_a_good_document_is_read_once() -> None:
    assert read("{ __typename }") is read("{ __typename }")
    assert remembered() == len("{ __typename }")


def test_bad_documents_displace_no_good_one() -> None:
    read("{ __typename }")
    for i in range(20):
        for query in (f"{{ nothing{i} }}", f"{{ {i}", "{" + "me{" * 20 + "id" + "}" * 21):
            with pytest.raises(Rejected):
                read(query)
    assert remembered() == len("{ __typename }")


def of_full_length(number: int) -> str:
    return f"query q{number} {{ __typename }}".ljust(REMEMBERED_LENGTH)


def test_all_texts_together_have_a_bound_and_what_was_asked_for_last_stays() -> None:
    fitting = REMEMBERED_IN_ALL // REMEMBERED_LENGTH
    kept = read(of_full_length(0))
    for i in range(1, 3 * fitting):
        read(of_full_length(i))
        assert read(of_full_length(0)) is kept
        assert remembered() == min(i + 1, fitting) * REMEMBERED_LENGTH
    last = read(of_full_length(3 * fitting - 1))
    assert read(of_full_length(3 * fitting - 1)) is last


def test_who_reads_the_same_at_once_counts_it_once() -> None:
    key, document = documents._Key("{ __typename }", introspection=False), read("{ __typename }")
    documents.remembered.keep(key, document)
    assert remembered() == len("{ __typename }")


def test_what_is_long_is_not_kept() -> None:
    query = "{ __typename }"
    read(query.ljust(REMEMBERED_LENGTH + 1))
    assert remembered() == 0
    read(query.ljust(REMEMBERED_LENGTH))
    assert remembered() == REMEMBERED_LENGTH


def test_a_password_written_into_a_document_is_not_kept() -> None:
    read('mutation { login(input: {email: "a@b.co", password: "x"}) { access } }')
    read('{ verifyToken(token: """x""") { sub } }')
    read("{ __typename } # the password is x")
    assert remembered() == 0


def test_introspection_is_on_or_off_whatever_was_read_before() -> None:
    read(SCHEMA, introspection=True)
    with pytest.raises(Rejected):
        read(SCHEMA)
    read(SCHEMA, introspection=True)


@pytest.mark.parametrize("query", [SCHEMA, '{ __type(name: "User") { name } }'])
def test_nothing_is_told_of_the_schema_in_production(query: str) -> None:
    assert ask(query).code == "graphql_validation_failed"


def test_the_name_of_a_type_may_be_asked_always() -> None:
    assert ask("{ __typename }").data == {"__typename": "Query"}


@pytest.mark.usefixtures("graphiql")
def test_the_schema_is_told_with_graphiql() -> None:
    assert ask(SCHEMA).data == {"__schema": {"queryType": {"name": "Query"}}}


MISSPELT = [
    ("{ mee { id } }", None),
    ("{ me { idd } }", None),
    ('{ verifyToken(tokn: "x") { sub } }', None),
    ("mutation { logout(input: {scop: ALL}) { ok } }", None),
    ("mutation { logout(input: {scope: AL}) { ok } }", None),
    ("mutation ($i: LogoutInput) { logout(input: $i) { ok } }", {"i": {"scop": "ALL"}}),
    ("mutation ($i: LogoutInput) { logout(input: $i) { ok } }", {"i": {"scope": "AL"}}),
]


@pytest.mark.parametrize(("query", "variables"), MISSPELT)
def test_suggestions_come_with_graphiql_alone(query: str, variables: Any, request: pytest.FixtureRequest) -> None:
    assert "Did you mean" not in ask(query, variables).errors[0]["message"]
    request.getfixturevalue("graphiql")
    assert "Did you mean" in ask(query, variables).errors[0]["message"]
