"""What the OpenAPI document says of who may call is what is asked of callers."""

import re
from functools import cache
from typing import Any, Final
from uuid import UUID

import pytest
from rest_framework.test import APIClient

from accounts.errors import InsufficientScope
from accounts.models import Scope, User
from accounts.tests.rest.test_service_tokens import PEOPLES, SERVICES, body_for
from accounts.tests.support import service_clients
from accounts.tests.support.factories import Bearer, SignIn, Tokens
from accounts.tests.support.oauth import assert_oauth_refused, post_form
from accounts.tests.support.refusals import body_of

pytestmark = pytest.mark.django_db

FOR_SERVICES_ALONE: Final = {("post", "/notices/ack")}
OTHER: Final = "orders:ship"


@cache
def documented() -> dict[tuple[str, str], list[dict[str, list[str]]]]:
    """Ways to call, by method and path; each way is enough, and all that is in it is needed."""
    paths = APIClient().get("/api/schema").json()["paths"]
    return {
        (method, re.sub(r"{\w+}", str(UUID(int=1)), path)): operation["security"]
        for path, operations in paths.items()
        for method, operation in operations.items()
    }


def schemes(ways: list[dict[str, list[str]]]) -> set[str]:
    return {name for way in ways for name in way}


def call(client: APIClient, method: str, path: str) -> Any:
    return getattr(client, method)(path, body_for(method, path))


@pytest.mark.parametrize(("method", "path"), SERVICES)
def test_a_service_client_needs_one_of_the_scopes_that_are_documented(method: str, path: str) -> None:
    ways = [way["client_token"] for way in documented()[method, path] if "client_token" in way]
    enough = [[scope] for scope in sorted(Scope) if not is_missing(method, path, scope)]
    assert sorted(ways) == enough != []
    assert is_missing(method, path, OTHER)


def is_missing(method: str, path: str, scope: str) -> bool:
    answer = call(service_clients.caller(scope), method, path)
    code: str = "" if answer.status_code != 403 else body_of(answer)["code"]
    return code == InsufficientScope.code


@pytest.mark.parametrize(("method", "path"), SERVICES)
def test_people_are_documented_where_a_superuser_gets_in(
    user: User, sign_in: SignIn, bearer: Bearer, method: str, path: str
) -> None:
    User.objects.update(is_staff=True, is_superuser=True)
    answer = call(bearer(sign_in(user).access), method, path)
    is_let_in = answer.status_code != 403
    assert is_let_in == ((method, path) not in FOR_SERVICES_ALONE)
    assert ({"bearer", "cookie"} <= schemes(documented()[method, path])) == is_let_in
    assert ({"bearer", "cookie"} & schemes(documented()[method, path]) != set()) == is_let_in


@pytest.mark.parametrize(("method", "path"), PEOPLES)
def test_service_clients_are_documented_nowhere_else(method: str, path: str) -> None:
    assert not {"client_token", "client_secret"} & schemes(documented()[method, path])


def test_introspection_takes_no_persons_token(api: APIClient, tokens: Tokens) -> None:
    ways = documented()["post", "/auth/introspect"]
    assert ways == [{"client_secret": []}, {"client_token": [Scope.TOKENS_INTROSPECT]}, {}]
    refused = post_form(api, "/auth/introspect", {"token": tokens.access}, f"Bearer {tokens.access}")
    assert_oauth_refused(refused, 403, "insufficient_scope")


def test_revocation_takes_whatever_proves_who_calls_and_nothing(api: APIClient, tokens: Tokens) -> None:
    ways = documented()["post", "/auth/revoke"]
    assert ways == [{"client_secret": []}, {"client_token": []}, {"bearer": []}, {}]
    token = service_clients.token_of(service_clients.make())
    for authorization in (f"Bearer {token}", f"Bearer {tokens.access}", ""):
        assert post_form(api, "/auth/revoke", {"token": "a.b.c"}, authorization).status_code == 200
