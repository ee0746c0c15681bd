"""`user`, `users`, `adminCreateUser`, `adminUpdateUser`, and what a list of people costs."""

from typing import Any, Final

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import clock
from accounts.models import Session, User
from accounts.services.administration.sessions import NEWEST
from accounts.services.listing import pages
from accounts.tests.graphql.asking import Answer, ask, in_time, written
from accounts.tests.support import codes, factories, service_clients
from accounts.tests.support.factories import MakeUser, SignIn, misspelt
from accounts.tests.support.staff import make_staff

pytestmark = pytest.mark.django_db

USERS: Final = """
    query ($search: String, $isActive: Boolean, $group: String, $first: Int, $after: String) {
        users(search: $search, isActive: $isActive, group: $group, first: $first, after: $after) {
            edges { cursor node { id email isActive groups } }
            pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        }
    }
"""
USER: Final = "query ($id: ID!) { user(id: $id) { id email groups sessions { id current } } }"
CREATE: Final = (
    "mutation ($input: AdminCreateUserInput!) { adminCreateUser(input: $input) { user { id email groups } } }"
)
UPDATE: Final = """
    mutation ($input: AdminUpdateUserInput!) { adminUpdateUser(input: $input) { user { firstName isStaff version } } }
"""
EVERYTHING: Final = """
    { users(first: 200) { edges { cursor node {
        id email emailVerified firstName lastName phoneNumber isActive isStaff dateJoined lastLogin updatedAt version
        groups sessions { id createdAt lastUsedAt } } } pageInfo { hasNextPage endCursor } } }
"""


@pytest.fixture
def clerk(sign_in: SignIn) -> str:
    """The token of somebody who may look for people, make and change them, and see their sessions."""
    permissions = ("view_user", "add_user", "change_user", "view_session")
    return sign_in(make_staff(*(f"accounts.{name}" for name in permissions), email="clerk@example.org")).access


def found(answer: Answer) -> list[str]:
    return [edge["node"]["email"] for edge in answer.data["users"]["edges"]]


def test_people_are_looked_for_page_by_page(clerk: str, make_user: MakeUser) -> None:
    people = [make_user(f"ada{number}@example.com").email for number in range(5)]
    first = ask(USERS, {"search": "ada", "first": 2}, token=clerk)
    assert found(first) == people[:2]
    info = first.data["users"]["pageInfo"]
    assert (info["hasNextPage"], info["hasPreviousPage"]) == (True, False)
    assert [info["startCursor"], info["endCursor"]] == [e["cursor"] for e in first.data["users"]["edges"]]
    second = ask(USERS, {"search": "ada", "first": 2, "after": info["endCursor"]}, token=clerk)
    last = ask(USERS, {"search": "ada", "after": second.data["users"]["pageInfo"]["endCursor"]}, token=clerk)
    assert (found(second), found(last)) == (people[2:4], people[4:])
    assert last.data["users"]["pageInfo"]["hasNextPage"] is False
    assert last.data["users"]["pageInfo"]["hasPreviousPage"] is True
    after_the_third = second.data["users"]["edges"][0]["cursor"]
    assert found(ask(USERS, {"search": "ada", "after": after_the_third}, token=clerk)) == people[3:]


def test_a_page_may_be_empty_and_not_the_last(clerk: str, make_user: MakeUser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "LOOKED_AT", 2)
    for number in range(4):
        make_user(f"ada{number}@example.com", is_active=number != 3)
    asked: dict[str, Any] = {"search": "ada", "isActive": False}
    page = ask(USERS, asked, token=clerk)
    assert (found(page), page.data["users"]["pageInfo"]["hasNextPage"]) == ([], True)
    asked["after"] = page.data["users"]["pageInfo"]["endCursor"]
    assert found(ask(USERS, asked, token=clerk)) == ["ada3@example.com"]


def test_filters_are_those_of_rest(clerk: str, make_user: MakeUser) -> None:
    ada, ben = make_user("ada@example.com", is_active=False), make_user("ben@example.com")
    ada.groups.add(Group.objects.create(name="writers"))
    assert found(ask(USERS, {"isActive": False}, token=clerk)) == [ada.email]
    assert found(ask(USERS, {"group": "writers"}, token=clerk)) == [ada.email]
    assert found(ask(USERS, {"search": None, "first": None, "after": None, "isActive": None}, token=clerk)) == [
        ben.email, ada.email, "clerk@example.org",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "field", "code"),
    [
        ({"first": 0}, "first", "invalid"),
        ({"first": 201}, "first", "invalid"),
        ({"after": "x"}, "after", "invalid"),
        ({"search": ""}, "search", "blank"),
        ({"search": "a\n"}, "search", ""),
        ({"search": "a\x00b"}, "search", "control_characters"),
        ({"search": "\ud800"}, "search", "surrogate_characters_not_allowed"),
        ({"search": "a" * 255}, "search", "max_length"),
        ({"group": "nobody"}, "group", "does_not_exist"),
    ],
)
def test_what_does_not_fit_is_refused_by_its_name(clerk: str, given: dict[str, Any], field: str, code: str) -> None:
    answer = ask(USERS, given, token=clerk)
    if code:
        assert answer.field_errors == [(field, code)]
    else:
        assert answer.data  # trimmed


def test_a_list_of_two_hundred_with_groups_and_sessions_costs_as_many_statements_as_one_of_two(
    clerk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: 1000.0)  # what is remembered does not age
    people = User.objects.bulk_create(User(email=f"somebody{number}@example.com") for number in range(210))
    writers = Group.objects.create(name="writers")
    writers.user_set.set(people[::2])
    Session.objects.bulk_create(
        Session(user=user, credentials_version=1, amr=["pwd"], expires_at="2100-01-01T00:00Z",
                absolute_expires_at="2100-01-01T00:00Z") for user in people for _ in range(3)
    )  # fmt: skip
    counts = []
    ask(EVERYTHING, token=clerk)
    for query in (EVERYTHING.replace("200", "2"), EVERYTHING):
        with CaptureQueriesContext(connection) as captured:
            edges = ask(query, token=clerk).data["users"]["edges"]
        counts.append(len(captured.captured_queries))
    assert len(edges) == 200
    assert all(len(edge["node"]["sessions"]) == 3 for edge in edges)
    assert {tuple(edge["node"]["groups"]) for edge in edges} == {(), ("writers",)}
    assert counts[0] == counts[1]


def test_the_longest_list_stays_within_bounds(clerk: str) -> None:
    people = User.objects.bulk_create(
        User(email=f"{'x' * 50}{number}@example.com", first_name="é" * 150, last_name="ü" * 150)
        for number in range(200)
    )
    Session.objects.bulk_create(
        Session(user=user, credentials_version=1, amr=["pwd"], expires_at="2100-01-01T00:00Z",
                absolute_expires_at="2100-01-01T00:00Z") for user in people for _ in range(NEWEST)
    )  # fmt: skip
    answer = in_time(lambda: ask(EVERYTHING, token=clerk))
    assert len(answer.data["users"]["edges"]) == 200


SESSIONS_OF_MANY: Final = "edges { node { " + written("s%: sessions { id ip amr } ", 5) + "} }"


@pytest.mark.parametrize(
    "query",
    [
        "{ users(first: 200) { " + SESSIONS_OF_MANY + "} }",
        "{ users { "
        + SESSIONS_OF_MANY.replace("s0", "a: id s0")
        + "} more: users(first: 150) { "
        + SESSIONS_OF_MANY
        + "} }",
        "query ($n: Int) { users(first: $n) { " + SESSIONS_OF_MANY + "} }",
        "{ users(first: -999) { edges { node { id } } } more: users(first: 150) { " + SESSIONS_OF_MANY + "} }",
        "{ users(first: " + "9" * 5000 + ") { " + SESSIONS_OF_MANY + "} }",
        "{" + written("u%: users(first: 200) { edges { node { id email groups sessions { id } } } }", 8) + "}",
    ],
)
def test_longer_lists_are_refused_before_anybody_is_asked(query: str) -> None:
    assert ask(query).code == "query_too_complex"


def test_a_short_list_may_ask_more_of_each(clerk: str) -> None:
    query = "{ users(first: 20) { edges { node { " + written("s%: sessions { id ip amr } ", 5) + "} } } }"
    assert ask(query, token=clerk).data


def test_somebody_is_found_by_their_id(clerk: str, user: User, sign_in: SignIn) -> None:
    sign_in(user)
    answer = ask(USER, {"id": str(user.pk)}, token=clerk).data["user"]
    assert (answer["id"], answer["email"], answer["groups"]) == (str(user.pk), user.email, [])
    assert answer["sessions"] == [{"id": str(user.sessions.get().pk), "current": False}]
    for each in (*misspelt(user.pk), "nobody", ""):
        assert ask(USER, {"id": each}, token=clerk).code == "not_found"


def test_who_reads_people_without_their_sessions_is_told_so_once_for_all(user: User, sign_in: SignIn) -> None:
    token = service_clients.token_of(service_clients.make("users:read"))
    answer = ask(USER, {"id": str(user.pk)}, token=token)
    assert answer.code == "insufficient_scope"
    assert answer.body["data"]["user"]["sessions"] is None
    assert answer.body["data"]["user"]["email"] == user.email
    reader = sign_in(make_staff("accounts.view_user")).access
    with CaptureQueriesContext(connection) as captured:
        refused = ask("{ users { edges { node { sessions { id } } } } }", token=reader)
    assert refused.code == "permission_denied"
    assert len(captured.captured_queries) < 12


def test_ones_own_sessions_are_told_beside_those_that_are_not_for_everybody(user: User, sign_in: SignIn) -> None:
    people = "users { edges { node { sessions { id } } } }"
    reader = sign_in(make_staff("accounts.view_user")).access
    for query in ("{ %s me { sessions { current } } }", "{ me { sessions { current } } %s }"):
        answer = ask(query % people, token=reader).body["data"]
        assert answer["me"]["sessions"] == [{"current": True}]
    with CaptureQueriesContext(connection) as captured:
        answer = ask("{ users { edges { node { id sessions { id } } } } me { sessions { id } } }", token=reader).body
    others = [edge["node"]["sessions"] for edge in answer["data"]["users"]["edges"]]
    assert (len(others), others.count(None)) == (2, 1)
    assert len(captured.captured_queries) < 14


def test_ones_own_sessions_are_told_and_nobodys_behind_a_token_that_is_only_verified(
    user: User, sign_in: SignIn
) -> None:
    access = sign_in(user).access
    (own,) = ask("{ me { sessions { current } } }", token=access).data["me"]["sessions"]
    assert own == {"current": True}
    query = "query ($token: String!) { verifyToken(token: $token) { user { email sessions { id } } } }"
    stranger = ask(query, {"token": access})
    assert stranger.code == "not_authenticated"
    assert stranger.body["data"]["verifyToken"]["user"] == {"email": user.email, "sessions": None}
    other = sign_in(factories.make_user()).access
    assert ask(query, {"token": access}, token=other).code == "permission_denied"


def test_when_an_account_ends_is_told_where_people_are_looked_after_alone(
    user: User, clerk: str, sign_in: SignIn
) -> None:
    access = sign_in(user).access
    verification = "query ($token: String!) { verifyToken(token: $token) { user { email expiresAt } } }"
    signing_in = "mutation ($input: LoginInput!) { login(input: $input) { user { email expiresAt } } }"
    answers = {
        "me": ask("{ me { email expiresAt } }", token=access),
        "verifyToken": ask(verification, {"token": access}),
        "login": ask(signing_in, {"input": {"email": user.email, "password": factories.PASSWORD}}),
    }
    for name, answer in answers.items():
        told = answer.body["data"][name]
        assert (told if name == "me" else told["user"]) == {"email": user.email, "expiresAt": None}
    assert [answer.code for answer in answers.values()] == ["permission_denied", *["not_authenticated"] * 2]
    end = "2100-01-02T03:04:05+00:00"
    User.objects.filter(pk=user.pk).update(expires_at=end)
    with CaptureQueriesContext(connection) as captured:
        listed = ask("{ users { edges { node { expiresAt } } } }", token=clerk).data["users"]["edges"]
    assert sorted(edge["node"]["expiresAt"] or "" for edge in listed) == ["", end]
    assert len(captured.captured_queries) < 12
    assert ask(verification, {"token": access}, token=clerk).data["verifyToken"]["user"]["expiresAt"] == end


def test_each_is_for_those_who_may(user: User, sign_in: SignIn) -> None:
    calls: list[tuple[str, dict[str, Any]]] = [
        (USERS, {}),
        (USER, {"id": str(user.pk)}),
        (CREATE, {"input": {"email": "ada@example.com"}}),
        (UPDATE, {"input": {"id": str(user.pk), "firstName": "Ada"}}),
    ]
    for query, variables in calls:
        assert ask(query, variables).code == "not_authenticated"
        for caller in (user, make_staff("accounts.delete_user")):
            assert ask(query, variables, token=sign_in(caller).access).code == "permission_denied"
    assert not User.objects.filter(email="ada@example.com").exists()


def test_somebody_is_made_and_changed(clerk: str) -> None:
    Group.objects.create(name="writers")
    given = {"email": " Ada@Example.com", "firstName": "Ada", "emailVerified": True, "groups": [" writers "]}
    made = ask(CREATE, {"input": given}, token=clerk).data["adminCreateUser"]["user"]
    assert (made["email"], made["groups"]) == ("ada@example.com", ["writers"])
    assert codes.waiting() == [("invitation", "ada@example.com")]
    changes = {"id": made["id"], "firstName": "Augusta", "isStaff": True}
    changed = ask(UPDATE, {"input": changes}, token=clerk).data["adminUpdateUser"]["user"]
    assert (changed["firstName"], changed["isStaff"]) == ("Augusta", True)
    assert ask(UPDATE, {"input": {"id": made["id"], "isSuperuser": True}}, token=clerk).code == "permission_denied"


@pytest.mark.parametrize(
    ("given", "field", "code"),
    [
        ({"email": "nobody"}, "email", "invalid"), ({"email": None}, "email", "null"),
        ({"groups": None}, "groups", "null"),
        ({"groups": ["nobody"]}, "groups", "does_not_exist"),
        ({"groups": [f"g{n}" for n in range(201)]}, "groups", "max_length"),
        ({"groups": ["\x00"]}, "groups", "control_characters"), ({"isStaff": None}, "isStaff", "null"),
        ({"firstName": "x" * 151}, "firstName", "max_length"),
    ],
)  # fmt: skip
def test_input_that_does_not_fit_is_refused_by_its_field(
    clerk: str, user: User, given: dict[str, Any], field: str, code: str
) -> None:
    answer = ask(UPDATE, {"input": {"id": str(user.pk)} | given}, token=clerk)
    assert answer.field_errors == [(field, code)]
