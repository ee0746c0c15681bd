"""`me`, `updateMe`, `changePassword`, `sessions` and `revokeSession`."""

from uuid import uuid4

import pytest

from accounts.models import Session, User
from accounts.models.sessions import MAX_OPEN_PER_USER
from accounts.rest.serializers.users import UserResponse
from accounts.tests.graphql.asking import Answer, ask
from accounts.tests.support.factories import PASSWORD, MakeUser, SignIn, Tokens

pytestmark = pytest.mark.django_db

ME = """
{ me {
  id email emailVerified firstName lastName phoneNumber isActive isStaff groups dateJoined lastLogin updatedAt version
} }
"""
UPDATE = "mutation ($input: UpdateMeInput!) { updateMe(input: $input) { user { firstName lastName version } } }"
CHANGE_PASSWORD = "mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { ok } }"
SESSIONS = "{ sessions { id createdAt lastUsedAt expiresAt ip userAgent amr current } }"
REVOKE = "mutation ($id: ID!) { revokeSession(input: {id: $id}) { ok } }"
CALLS = [
    "{ me { id } }",
    "{ sessions { id } }",
    'mutation { updateMe(input: {firstName: "Ada"}) { user { id } } }',
    'mutation { changePassword(input: {currentPassword: "", newPassword: ""}) { ok } }',
    'mutation { revokeSession(input: {id: "x"}) { ok } }',
]


def change_password(token: str, current: str, new: str) -> Answer:
    return ask(CHANGE_PASSWORD, {"input": {"currentPassword": current, "newPassword": new}}, token=token)


@pytest.mark.parametrize("query", CALLS)
def test_whoever_shows_no_good_token_is_told_so_before_anything_else(query: str) -> None:
    assert ask(query).code == "not_authenticated"
    assert ask(query, token="a.b.c").code == "token_invalid"


def test_me_has_the_fields_of_the_user_object(tokens: Tokens) -> None:
    me = ask(ME, token=tokens.access).data["me"]
    in_rest = {name.replace("_", "").lower() for name in UserResponse.Meta.fields}
    assert {name.lower() for name in me} == in_rest


def test_what_is_not_sent_stays(user: User, tokens: Tokens) -> None:
    User.objects.update(last_name="Lovelace")
    changed = ask(UPDATE, {"input": {"firstName": "Ada"}}, token=tokens.access).data["updateMe"]["user"]
    assert changed == {"firstName": "Ada", "lastName": "Lovelace", "version": user.version + 1}


def test_nothing_sent_is_no_change(user: User, tokens: Tokens) -> None:
    assert ask(UPDATE, {"input": {}}, token=tokens.access).data["updateMe"]["user"]["version"] == user.version


@pytest.mark.parametrize("name", ["email", "isStaff", "isActive", "password", "emailVerified", "version"])
def test_nobody_raises_themselves(user: User, tokens: Tokens, name: str) -> None:
    answer = ask(UPDATE, {"input": {name: True}}, token=tokens.access)
    assert answer.code == "graphql_validation_failed"
    user.refresh_from_db()
    assert user.version == 1


def test_several_bad_fields_are_named_at_once(tokens: Tokens) -> None:
    answer = ask(UPDATE, {"input": {"firstName": None, "phoneNumber": "call me"}}, token=tokens.access)
    assert answer.field_errors == [("firstName", "null"), ("phoneNumber", "invalid")]


def test_a_new_password_ends_the_other_sessions(user: User, tokens: Tokens, sign_in: SignIn) -> None:
    other, new = sign_in(user), "seven kites over helsinki"
    assert change_password(tokens.access, PASSWORD, new).data == {"changePassword": {"ok": True}}
    assert ask("{ me { id } }", token=tokens.access).data["me"]["id"] == str(user.pk)
    assert ask("{ me { id } }", token=other.access).code == "session_revoked"
    assert sign_in(user, new)


def test_a_wrong_or_poor_password_changes_nothing(tokens: Tokens) -> None:
    assert change_password(tokens.access, "not this one", "seven kites over helsinki").code == "wrong_password"
    assert change_password(tokens.access, PASSWORD, "short").field_errors == [("newPassword", "too_short")]
    assert ask("{ me { id } }", token=tokens.access).data["me"]


def test_sessions_are_the_callers_own_newest_first(
    user: User, tokens: Tokens, sign_in: SignIn, make_user: MakeUser
) -> None:
    sign_in(make_user())
    newer = sign_in(user)
    sessions = ask(SESSIONS, token=tokens.access).data["sessions"]
    expected = [
        str(pk) for pk in Session.objects.filter(user=user).order_by("-created_at").values_list("pk", flat=True)
    ]
    assert [session["id"] for session in sessions] == expected
    assert [session["current"] for session in sessions] == [False, True]
    assert (sessions[0]["amr"], sessions[0]["ip"]) == (["pwd"], "127.0.0.1")
    assert [s["current"] for s in ask(SESSIONS, token=newer.access).data["sessions"]] == [True, False]


def test_no_more_sessions_are_listed_than_a_person_can_have_open(user: User, tokens: Tokens) -> None:
    mine = Session.objects.get()
    for _ in range(MAX_OPEN_PER_USER + 5):
        mine.pk = uuid4()
        mine.save(force_insert=True)
    assert len(ask(SESSIONS, token=tokens.access).data["sessions"]) == MAX_OPEN_PER_USER


def test_a_session_is_ended_by_its_owner_alone(
    user: User, tokens: Tokens, sign_in: SignIn, make_user: MakeUser
) -> None:
    stranger = sign_in(make_user())
    other = sign_in(user)
    wanted = ask("{ sessions { id } }", token=other.access).data["sessions"][0]["id"]
    assert ask(REVOKE, {"id": wanted}, token=stranger.access).code == "not_found"
    assert ask(REVOKE, {"id": wanted}, token=tokens.access).data == {"revokeSession": {"ok": True}}
    assert ask("{ me { id } }", token=other.access).code == "session_revoked"


@pytest.mark.parametrize("wrong", ["", "x", "00000000-0000-0000-0000-000000000000", 1, "\0", "\ud800", "é" * 1000])
def test_what_names_no_session_ends_none(tokens: Tokens, wrong: object) -> None:
    assert ask(REVOKE, {"id": wrong}, token=tokens.access).code == "not_found"
