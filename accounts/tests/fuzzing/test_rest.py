"""REST, as its own OpenAPI document describes it."""

import contextlib
import functools
from collections.abc import Mapping
from typing import Any, Final

import hypothesis
import pytest
import schemathesis
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from accounts.rest.cookies import TRANSPORT_HEADER
from accounts.tests.fuzzing.conftest import EXAMPLES
from accounts.tests.fuzzing.mailed import code_for
from accounts.tests.fuzzing.people import (
    Person,
    fresh_person,
    is_for_services,
    is_for_staff,
    service_for,
    staff_token,
)
from accounts.tests.fuzzing.reached import Reached
from accounts.tests.support.http import JSONClient
from accounts.tests.support.oauth import OAUTH_PATHS
from accounts.tests.support.processes import Server

pytestmark = [pytest.mark.fuzzing, pytest.mark.processes, pytest.mark.timeout(600)]

CHECKS: Final = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


def test_every_rest_answer_is_a_documented_one(server: Server) -> None:
    document = schemathesis.openapi.from_url(f"{server.url}/api/schema?format=json")
    reached = Reached()
    with server.client() as client:
        staff = staff_token(client)
        for found in document.get_all_operations():
            assert isinstance(found, Ok), found
            fuzz = functools.partial(_fuzz, found.ok(), client=client, staff=staff, reached=reached)
            fuzz(schemathesis.GenerationMode.POSITIVE)
            with contextlib.suppress(hypothesis.errors.Unsatisfiable):  # nothing is sent, so nothing can be broken
                fuzz(schemathesis.GenerationMode.NEGATIVE)
    reached.assert_enough()


def _fuzz(
    operation: Any,
    mode: schemathesis.GenerationMode,
    *,
    client: JSONClient,
    staff: str,
    reached: Reached,
) -> None:
    is_sound = mode is schemathesis.GenerationMode.POSITIVE

    @EXAMPLES
    @hypothesis.given(case=operation.as_strategy(mode), is_real=st.booleans() if is_sound else st.just(False))
    def ask(case: schemathesis.Case[Any], is_real: bool) -> None:
        if is_sound:
            case.headers.pop(TRANSPORT_HEADER, None)  # the document has one answer a status, and this asks for another
        person, service = fresh_person(client), service_for(operation.path, client, staff)
        if is_real:
            values = service.values_for(operation.path) if service else {}
            _make_real(case, person.values_for(operation.path) | values | code_for(operation.label, person, client))
            _bring_about(case, person, client, staff)
        token = staff if is_for_staff(operation.path) else person.access
        token = service.token(client) if service and is_for_services(operation.path) else token
        is_oauth = operation.path in OAUTH_PATHS  # whose credentials are in the body, where they are real
        shown = person.in_cookies() if operation.path == "/auth/csrf" else {"Authorization": f"Bearer {token}"}
        answer = case.call(headers={} if is_oauth and is_real else shown)
        case.validate_response(answer, checks=CHECKS)
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == ["application/json" if is_oauth else "application/problem+json"]
        reached.note(operation.label, is_success=200 <= answer.status_code < 300)

    ask()


def _make_real(case: schemathesis.Case[Any], values: Mapping[str, str]) -> None:
    """Put what exists in place of what was made up, where the case has a place for it."""
    for place in (case.path_parameters, case.body):
        if isinstance(place, dict):
            place.update({name: value for name, value in values.items() if name in place})


def _bring_about(case: schemathesis.Case[Any], person: Person, client: JSONClient, staff: str) -> None:
    """A deletion, for what asks about one."""
    if "/deletion" in case.operation.path:
        assert client.request("DELETE", f"/users/{person.user_id}", token=staff).status == 202
