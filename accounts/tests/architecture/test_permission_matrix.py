"""Every route and every field lets in those whom the committed table names, and nobody else."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any, Final, NamedTuple

import pytest
from django.contrib.auth.models import Permission
from graphene.utils.str_converters import to_camel_case
from graphql import GraphQLObjectType, get_named_type, is_composite_type, is_non_null_type
from rest_framework.test import APIClient

from accounts.graphql.views import graphql_schema
from accounts.models import PROFILE_FIELDS, Scope, User
from accounts.principals import Origin, System
from accounts.rest import urls
from accounts.services.clients.clients import NewSecret
from accounts.services.deleting import deletion
from accounts.tests.architecture.permission_matrix import (
    GRAPHQL,
    GUARDED,
    IN_ITS_OWN_WAY,
    REST,
    SHOWN_WITH_THEIR_PARENT,
    Row,
    Who,
)
from accounts.tests.support import consumers, factories, service_clients
from accounts.tests.support.factories import PASSWORD, Tokens
from accounts.tests.support.forging import claims_of
from accounts.tests.support.oauth import in_body
from accounts.tests.support.staff import make_staff

METHODS: Final = ("get", "post", "put", "patch", "delete")
REFUSING: Final = frozenset({"not_authenticated", "permission_denied", "insufficient_scope", "invalid_client"})
"""These say that it is for others; every other answer is to what was sent."""
PLACE: Final = re.compile(r"<\w+:(\w+)>")
"""Of a value in a route."""


@dataclass(frozen=True, slots=True)
class Caller:
    who: str
    token: "Callable[[Scene], str]"
    may: bool


class Answer(NamedTuple):
    """`code` is empty where nothing was refused."""

    code: str
    is_done: bool


@dataclass
class Scene:
    """Somebody to whom it is done, fresh for each call."""

    person: User = field(default_factory=factories.make_user)

    @cached_property
    def tokens(self) -> Tokens:
        return factories.sign_in(self.person)

    @cached_property
    def client(self) -> NewSecret:
        return service_clients.make()

    def value(self, name: str) -> str:
        match name:
            case "user_id":
                return str(self.person.pk)
            case "session_id":
                return str(claims_of(self.tokens.access)["sid"])
            case "client_id":
                return str(self.client.client.pk)
            case "secret_id":
                return str(self.client.row.pk)
            case "code":
                return "not_found"
            case "password":
                return PASSWORD
            case "email":
                return str(self.person.email)
            case "new_email":
                return f"new.{self.person.email}"
            case _:
                return str(getattr(self.tokens, name))

    def filled(self, value: Any) -> Any:
        """With what is there in the places of names in braces."""
        if isinstance(value, str):
            return re.sub(r"\{(\w+)\}", lambda found: self.value(found[1]), value)
        if isinstance(value, list):
            return [self.filled(each) for each in value]
        if isinstance(value, dict):
            credentials = in_body(self.client) if "{credentials}" in value else {}
            return {name: self.filled(each) for name, each in value.items() if name[0] != "{"} | credentials
        return value


def staff_with(*permissions: str) -> str:
    return factories.sign_in(make_staff(*permissions)).access


def all_permissions_but(permission: str) -> set[str]:
    known = Permission.objects.values_list("content_type__app_label", "codename")
    return {f"{app_label}.{codename}" for app_label, codename in known} - {permission}


def client_with(*scopes: str) -> str:
    return service_clients.token_of(service_clients.make(*scopes))


def callers(row: Row) -> list[Caller]:
    """Whoever might call. Those who may not have everything but what is needed, and those who may have that alone."""
    is_person_enough, is_token_enough = row.who != Who.STAFF, row.who in {Who.ANYBODY, Who.CALLERS}
    other_scopes = ({*Scope} | {"orders:ship"}) - {*row.scopes}
    found = [
        Caller("nobody", lambda _: "", row.who == Who.ANYBODY),
        Caller("themselves", lambda scene: scene.tokens.access, is_person_enough),
        Caller("another person", lambda _: factories.sign_in(factories.make_user()).access, is_person_enough),
        Caller("other staff", lambda _: staff_with(*all_permissions_but(row.permission)), is_person_enough),
        Caller("other clients", lambda _: client_with(*other_scopes), is_token_enough),
    ]
    if row.permission:
        found.append(Caller(f"staff with {row.permission} alone", lambda _: staff_with(row.permission), True))
    return found + [Caller(f"a client with {each} alone", partial(with_scope, each), True) for each in row.scopes]


def with_scope(scope: str, _: Scene) -> str:
    return client_with(scope)


def rest_operations() -> set[str]:
    """Of the routes themselves, documented or not."""
    found = set()
    for route, view in urls.ROUTES:
        shape = getattr(view, "cls", None)
        offered = METHODS if shape is None else [each for each in shape.http_method_names if hasattr(shape, each)]
        methods = ["get"] if shape is None else [each for each in offered if each in METHODS]
        path = PLACE.sub(r"{\1}", route)
        found |= {f"{method.upper()} /{path}" for method in methods}
    return found


def graphql_fields() -> dict[str, set[str]]:
    """Of each type that is answered, but for payloads."""
    types = [each for each in graphql_schema.type_map.values() if isinstance(each, GraphQLObjectType)]
    return {
        each.name: set(each.fields)
        for each in types
        if not each.name.startswith("__") and not each.name.endswith("Payload")
    }


def test_every_route_stands_in_the_table() -> None:
    assert rest_operations() == {*REST, *IN_ITS_OWN_WAY}


def test_every_field_stands_in_the_table() -> None:
    fields = graphql_fields()
    roots = {f"{root}.{name}" for root in ("Query", "Mutation") for name in fields.pop(root)}
    assert roots == set(GRAPHQL)
    shown = {name: set(members.split()) for name, members in SHOWN_WITH_THEIR_PARENT.items()}
    shown["User"] |= {to_camel_case(name) for name in PROFILE_FIELDS}
    for guarded in GUARDED:
        name, _, member = guarded.partition(".")
        shown[name].add(member)
    assert fields == shown


def call_rest(operation: str, row: Row, scene: Scene, token: str) -> Answer:
    method, _, path = operation.partition(" ")
    headers: dict[str, Any] = {"HTTP_AUTHORIZATION": f"Bearer {token}"} if token else {}
    given = scene.filled(dict(row.given)) or None
    answer = getattr(APIClient(), method.lower())(scene.filled(path), given, **headers)
    body = answer.json() if answer.status_code >= 400 else {}
    return Answer(body.get("code") or body.get("error") or "", answer.status_code < 300)


def call_graphql(operation: str, row: Row, scene: Scene, token: str) -> Answer:
    """By the shortest document that asks for this field."""
    root, _, name = operation.partition(".")
    given, asked = scene.filled(dict(row.given)), graphql_schema.type_map[root].fields[name]
    below = "{ __typename }" if is_composite_type(get_named_type(asked.type)) else ""
    if "input" in asked.args and (given or is_non_null_type(asked.args["input"].type)):
        given = {"input": given}
    declared = ", ".join(f"${each}: {asked.args[each].type}" for each in given)
    passed = ", ".join(f"{each}: ${each}" for each in given)
    head, call = (f"({declared})", f"{name}({passed})") if given else ("", name)
    return ask_graphql(f"{root.lower()} {head} {{ {call} {below} }}", given, token)


def ask_graphql(query: str, variables: dict[str, Any], token: str) -> Answer:
    headers: dict[str, Any] = {"HTTP_AUTHORIZATION": f"Bearer {token}"} if token else {}
    answer = APIClient().post("/graphql", {"query": query, "variables": variables}, **headers).json()
    refusals = [error["extensions"]["code"] for error in answer.get("errors", [])]
    assert "graphql_validation_failed" not in refusals, answer
    return Answer((refusals or [""])[0], not refusals)


def wrong_with(row: Row, caller: Caller, answer: Answer) -> str:
    """Empty for nothing. What somebody may by a permission or a scope is done, too."""
    if caller.may and (answer.code in REFUSING or (row.who == Who.STAFF and not answer.is_done)):
        return f"{caller.who} should get in, and heard {answer.code!r}"
    if not caller.may and answer.code not in REFUSING:
        return f"{caller.who} should be refused, and heard {answer.code or 'yes'!r}"
    return ""


def set_the_scene(operation: str, caller: Caller) -> tuple[Scene, str]:
    """For whatever is about a deletion, with one: whoever is being deleted calls nothing any more."""
    scene = Scene()
    token = caller.token(scene)
    if "/deletion" in operation and caller.who != "themselves":
        consumers.make(f"svc_{scene.person.pk}")
        deletion.request(scene.person.pk, actor=System("test"), origin=Origin())
    return scene, token


@pytest.mark.django_db
@pytest.mark.parametrize("operation", REST)
def test_a_route_lets_in_whom_the_table_names_and_nobody_else(operation: str) -> None:
    row = REST[operation]
    scenes = {caller: set_the_scene(operation, caller) for caller in callers(row)}
    wrong = [wrong_with(row, caller, call_rest(operation, row, *scene)) for caller, scene in scenes.items()]
    assert [each for each in wrong if each] == []


@pytest.mark.django_db
@pytest.mark.parametrize("operation", GRAPHQL)
def test_a_field_lets_in_whom_the_table_names_and_nobody_else(operation: str) -> None:
    row = GRAPHQL[operation]
    scenes = {caller: set_the_scene(operation, caller) for caller in callers(row)}
    wrong = [wrong_with(row, caller, call_graphql(operation, row, *scene)) for caller, scene in scenes.items()]
    assert [each for each in wrong if each] == []


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "asked"), [("User.sessions", "sessions { id }"), ("User.expiresAt", "expiresAt")])
def test_what_is_guarded_behind_a_person_is_for_those_who_may_and_their_sessions_for_themselves(
    name: str, asked: str
) -> None:
    row = GUARDED[name]
    query = f"query ($token: String!) {{ verifyToken(token: $token) {{ user {{ {asked} }} }} }}"
    wrong = []
    for caller in callers(row):
        scene, token = set_the_scene("", caller)
        may = replace(caller, may=caller.may or (caller.who == "themselves" and name == "User.sessions"))
        wrong.append(wrong_with(row, may, ask_graphql(query, {"token": scene.tokens.access}, token)))
    assert [each for each in wrong if each] == []
