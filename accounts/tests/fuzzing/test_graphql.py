"""GraphQL, as introspection describes it."""

from typing import Any, Final

import hypothesis
import pytest
import schemathesis
from graphql import ArgumentNode, ObjectFieldNode, StringValueNode, Visitor, parse, print_ast, visit
from hypothesis import strategies as st
from schemathesis.core.result import Ok

from accounts.graphql.errors import Unforeseen
from accounts.tests.fuzzing.conftest import EXAMPLES
from accounts.tests.fuzzing.mailed import code_for
from accounts.tests.fuzzing.people import fresh_person, is_for_staff, staff_token
from accounts.tests.fuzzing.reached import Reached
from accounts.tests.support.http import JSONClient
from accounts.tests.support.processes import Server

pytestmark = [pytest.mark.fuzzing, pytest.mark.processes, pytest.mark.timeout(600)]

UNDERSTOOD: Final = {200}


def test_every_graphql_answer_is_data_or_a_coded_refusal(server: Server) -> None:
    document = schemathesis.graphql.from_url(f"{server.url}/graphql")
    reached = Reached()
    with server.client() as client:
        staff = staff_token(client)
        for found in document.get_all_operations():
            assert isinstance(found, Ok), found
            _fuzz(found.ok(), client, staff, reached)
    reached.assert_enough()


def _fuzz(operation: Any, client: JSONClient, staff: str, reached: Reached) -> None:
    @EXAMPLES
    @hypothesis.given(case=operation.as_strategy(), is_real=st.booleans())
    def ask(case: schemathesis.Case[Any], is_real: bool) -> None:
        person = fresh_person(client)
        made_up = str(case.body)
        query = made_up
        if is_real:
            values = person.values_for(operation.label) | code_for(operation.label, person, client)
            query = print_ast(visit(parse(made_up), _RealValues(values)))
        token = staff if is_for_staff(operation.label) else person.access
        answer = client.post("/graphql", {"query": query}, token=token)
        assert answer.status in UNDERSTOOD, f"{query}\n{answer}"
        refusals = answer.json.get("errors", [])
        codes = [refusal["extensions"]["code"] for refusal in refusals]
        assert Unforeseen.code not in codes, query
        assert refusals or answer.json["data"], query
        reached.note(operation.label, is_success=not refusals)

    ask()


class _RealValues(Visitor):
    """Writes what exists in place of what was made up."""

    def __init__(self, values: dict[str, str]) -> None:
        super().__init__()
        self._values = values

    def enter_object_field(self, node: ObjectFieldNode, *_: Any) -> None:
        self._replace(node)

    def enter_argument(self, node: ArgumentNode, *_: Any) -> None:
        self._replace(node)

    def _replace(self, node: ObjectFieldNode | ArgumentNode) -> None:
        if node.name.value in self._values:
            node.value = StringValueNode(value=self._values[node.name.value])
