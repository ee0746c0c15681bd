"""A service client's token where people are meant is a clean refusal; no field is forgotten, because all are walked."""

from typing import Final
from uuid import UUID

import pytest

from accounts.graphql.schema import schema
from accounts.models import Scope, User
from accounts.tests.graphql.asking import ask
from accounts.tests.support import service_clients

pytestmark = pytest.mark.django_db

FOR_ANYBODY: Final = {
    *("register", "login", "refreshToken", "verifyToken"),
    *("requestPasswordReset", "resetPassword", "verifyEmail", "resendVerification", "cancelDeletion"),
}
FOR_PEOPLE: Final = {
    "me": "{ me { id } }",
    "sessions": "{ sessions { id } }",
    "logout": "mutation { logout(input: {}) { ok } }",
    "updateMe": 'mutation { updateMe(input: {firstName: "Ada"}) { user { id } } }',
    "changePassword": 'mutation { changePassword(input: {currentPassword: "x", newPassword: "y"}) { ok } }',
    "changeEmail": 'mutation { changeEmail(input: {newEmail: "new@example.com", password: "x"}) { ok } }',
    "revokeSession": f'mutation {{ revokeSession(input: {{id: "{UUID(int=1)}"}}) {{ ok }} }}',
    "deleteMe": 'mutation { deleteMe(input: {password: "x"}) { deletion { id } } }',
}
OPEN_TO_SERVICES: Final = {
    "adminSuspendUser": 'mutation { adminSuspendUser(input: {id: "%s", reason: "case 4711"}) { user { id } } }',
    "adminReinstateUser": 'mutation { adminReinstateUser(input: {id: "%s"}) { user { id } } }',
    "adminDeleteUser": 'mutation { adminDeleteUser(input: {id: "%s"}) { deletion { userId } } }',
}


def test_every_field_is_tried_or_is_for_anybody() -> None:
    types = (schema.graphql_schema.query_type, schema.graphql_schema.mutation_type)
    fields = {name for kind in types if kind is not None for name in kind.fields}
    assert {*FOR_ANYBODY, *FOR_PEOPLE, *OPEN_TO_SERVICES} == fields


@pytest.mark.parametrize("document", FOR_PEOPLE.values(), ids=FOR_PEOPLE.keys())
def test_a_service_client_is_no_person(document: str) -> None:
    answer = ask(document, token=service_clients.token_of(service_clients.make(*Scope)))
    assert (answer.status, answer.code) == (200, "permission_denied")


@pytest.mark.parametrize("document", OPEN_TO_SERVICES.values(), ids=OPEN_TO_SERVICES.keys())
def test_what_staff_do_a_service_does_with_the_scope_alone(document: str, user: User) -> None:
    narrow = service_clients.token_of(service_clients.make("users:read", "notices:read"))
    for user_id in (user.pk, UUID(int=1)):
        assert ask(document % user_id, token=narrow).code == "insufficient_scope"
    assert User.objects.get(pk=user.pk).is_active
    admin = service_clients.token_of(service_clients.make("users:admin"))
    assert ask(document % user.pk, token=admin).data


def test_a_service_tokens_own_refusals_come_first() -> None:
    made = service_clients.make(*Scope)
    token = service_clients.token_of(made)
    service_clients.disable(made.client)
    assert ask("{ me { id } }", token=token).code == "client_disabled"
