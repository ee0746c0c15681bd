"""No document within the limits costs more than half a second of work, or answers more than 100 KB."""

from collections.abc import Callable
from contextlib import suppress
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.graphql import documents
from accounts.graphql.documents import Rejected
from accounts.graphql.views import graphql_schema
from accounts.models import Session, User
from accounts.models.sessions import MAX_OPEN_PER_USER
from accounts.principals import USER_AGENT_MAX_LENGTH
from accounts.tests.graphql.asking import Answer, ask, in_time, written
from accounts.tests.support.factories import Tokens

PERSON = "id email emailVerified firstName lastName phoneNumber isActive isStaff groups"
USER_FIELDS = f"{PERSON} dateJoined lastLogin updatedAt version"
SESSION_FIELDS = "id createdAt lastUsedAt expiresAt ip userAgent amr current __typename"


@pytest.fixture
def busy_person(user: User, tokens: Tokens) -> Tokens:
    """With as many sessions as one can have, and long names in every field."""
    User.objects.update(first_name="é" * 150, last_name="ü" * 150, phone_number="+12025550123")
    user.groups.set([Group.objects.create(name=f"group {i} " + "x" * 30) for i in range(20)])
    session = Session.objects.get()
    session.user_agent = "x" * USER_AGENT_MAX_LENGTH
    for _ in range(MAX_OPEN_PER_USER - 1):
        session.pk = uuid4()
        session.save(force_insert=True)
    return tokens


def tokens_verified(token: str) -> str:
    return "{" + written(f'a%: verifyToken(token: "{token}") {{ sub groups user {{ groups }} }} ', 30) + "}"


def the_same_token_verified(token: str) -> str:
    return "{" + f'verifyToken(token: "{token}") {{ sub }} ' * 50 + "}"


def sessions_ended(token: str) -> str:
    ids = Session.objects.values_list("pk", flat=True)[:30]
    ended = "".join(f'a{i}: revokeSession(input: {{id: "{pk}"}}) {{ ok }} ' for i, pk in enumerate(ids))
    return f"mutation {{ {ended} }}"


EXPENSIVE: list[Callable[[str], str]] = [
    tokens_verified,
    the_same_token_verified,
    sessions_ended,
    lambda _: f"{{ sessions {{ {SESSION_FIELDS} }} me {{ {USER_FIELDS} }} }}",
    lambda _: "{" + written(f"a%: me {{ {USER_FIELDS} }} ", 21) + "}",
    lambda _: "mutation {" + written('a%: revokeSession(input: {id: "x"}) { ok } ', 30) + "}",
    lambda _: "mutation {" + written('a%: updateMe(input: {firstName: "%"}) { user { version } } ', 30) + "}",
    lambda _: "mutation {" + written("a%: logout(input: {scope: ALL}) { ok } ", 30) + "}",
]


@pytest.mark.django_db
@pytest.mark.parametrize("query", EXPENSIVE)
def test_the_dearest_documents_stay_within_bounds(busy_person: Tokens, query: Callable[[str], str]) -> None:
    answer = in_time(lambda: ask(query(busy_person.access), token=busy_person.access))
    assert answer.status == 200
    assert size_of(answer) < 100_000


@pytest.mark.django_db
def test_a_list_is_asked_for_ten_times_at_most(busy_person: Tokens) -> None:
    """A stranger with many sessions of their own gets a quarter of a megabyte at most, and no time."""
    many = "{ sessions {" + written("a%: userAgent ", 9) + "} }"
    answer = in_time(lambda: ask(many, token=busy_person.access))
    assert size_of(answer) < 256 * 1024
    wider = ask("{ sessions {" + written("a%: userAgent ", 10) + "} }", token=busy_person.access)
    assert wider.code == "query_too_complex"


def size_of(answer: Answer) -> int:
    return int(answer.headers["Content-Length"])


SPREADS = written("...f% ", 70)
VALIDATED = {
    "one field over and over": "{" + "me{id}" * 150 + "}",
    "arguments over and over": "{" + 'verifyToken(token:"x"){sub}' * 140 + "}",
    "arguments that differ": "{" + written('verifyToken(token:"%"){sub}', 140) + "}",
    "many fragments in one place": "{" + written("...f% ", 140) + "}" + written("fragment f% on Query{me{id}}", 140),
    "fragments in two places": "{" + f"me{{{SPREADS}}}" * 2 + "}" + written("fragment f% on User{id}", 70),
    "operations that share": written("query q%{...f}", 250) + "fragment f on Query{" + "__typename " * 290 + "}",
    "directives": "{me{" + "id@skip(if:true)" * 230 + "}}",
    "variables": "query(" + written("$v%:Boolean!", 200) + "){" + written("me@skip(if:$v%){id}", 100) + "}",
    "members of an object": "mutation{login(input:{" + written("a%:1 ", 650) + "}){access}}",
}  # fmt: skip


@pytest.mark.parametrize("query", VALIDATED.values(), ids=VALIDATED.keys())
def test_the_validator_is_given_no_more_than_it_can_take(query: str) -> None:
    in_time(lambda: read(query))


def read(query: str) -> None:
    with suppress(Rejected):
        documents._read(query, graphql_schema, introspection=False)


NAMES = st.sampled_from(["me", "sessions", "verifyToken", "id", "groups", "user", "__typename", "__schema", "login"])
LEAVES = st.one_of(
    NAMES,
    st.sampled_from([f"...f{i}" for i in range(6)]),
    st.builds("a{}:{}".format, st.integers(0, 3), NAMES),
    st.builds("{}@skip(if:$v)".format, NAMES),
    st.builds('{}(token:"{}")'.format, NAMES, st.integers(0, 3)),
)
SELECTIONS = st.recursive(
    LEAVES,
    lambda inner: st.builds(
        "{}{{{}}}".format,
        st.one_of(NAMES, st.sampled_from(["...", "... on Query", "... on User"])),
        st.lists(inner, min_size=1, max_size=30).map(" ".join),
    ),
    max_leaves=150,
)
FRAGMENTS = st.builds(
    "fragment f{} on {} {{{}}}".format, st.integers(0, 5), st.sampled_from(["Query", "User"]), SELECTIONS
)
DOCUMENTS = st.builds(
    "query ($v: Boolean!) {{{}}} {}".format,
    st.lists(SELECTIONS, min_size=1, max_size=40).map(" ".join),
    st.lists(FRAGMENTS, max_size=8).map(" ".join),
)


@given(DOCUMENTS)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
def test_no_document_that_somebody_makes_up_takes_long_to_read(query: str) -> None:
    in_time(lambda: read(query))
