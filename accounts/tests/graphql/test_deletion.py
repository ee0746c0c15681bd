"""`deleteMe` and `adminDeleteUser`."""

from uuid import uuid4

import pytest

from accounts.models import Deletion, User
from accounts.tests.graphql.asking import Answer, ask
from accounts.tests.support import consumers
from accounts.tests.support.factories import PASSWORD, MakeUser, SignIn, Tokens, misspelt

pytestmark = pytest.mark.django_db

FIELDS = "deletion { id userId requestedAt completedAt }"
DELETE_ME = f"mutation ($input: DeleteMeInput!) {{ deleteMe(input: $input) {{ {FIELDS} }} }}"
DELETE_USER = f"mutation ($input: AdminDeleteUserInput!) {{ adminDeleteUser(input: $input) {{ {FIELDS} }} }}"


def delete_me(token: str, password: object = PASSWORD) -> Answer:
    return ask(DELETE_ME, {"input": {"password": password}}, token=token)


def delete_user(token: str, user_id: object) -> Answer:
    return ask(DELETE_USER, {"input": {"id": str(user_id)}}, token=token)


@pytest.fixture
def staff(make_user: MakeUser, sign_in: SignIn) -> str:
    """A superuser's token."""
    return sign_in(make_user(is_staff=True, is_superuser=True)).access


def test_whoever_shows_no_good_token_is_told_so_before_anything_else() -> None:
    assert delete_me("", "").code == delete_user("", "x").code == "not_authenticated"


def test_whoever_knows_their_password_is_gone(user: User, tokens: Tokens) -> None:
    done = delete_me(tokens.access).data["deleteMe"]["deletion"]
    assert done["userId"] == str(user.pk)
    assert done["completedAt"] is not None
    assert ask("{ me { id } }", token=tokens.access).code == "session_revoked"


def test_a_wrong_password_deletes_nobody(tokens: Tokens) -> None:
    assert delete_me(tokens.access, "wrong").code == "wrong_password"
    assert User.objects.present().exists()


def test_one_operation_tries_one_password(tokens: Tokens) -> None:
    tries = " ".join(f'{each}: deleteMe(input: {{password: "{each}"}}) {{ deletion {{ id }} }}' for each in "ab")
    assert ask(f"mutation {{ {tries} }}", token=tokens.access).code == "query_too_complex"


def test_staff_deletes_somebody_and_repeats_it_without_harm(staff: str, user: User) -> None:
    consumers.make()
    answers = [delete_user(staff, user.pk).data["adminDeleteUser"]["deletion"] for _ in range(2)]
    assert answers[0] == answers[1]
    assert (answers[0]["userId"], answers[0]["completedAt"]) == (str(user.pk), None)
    assert not User.objects.present().filter(pk=user.pk).exists()


def test_nobody_else_does(tokens: Tokens, make_user: MakeUser) -> None:
    for user_id in (make_user().pk, uuid4()):
        assert delete_user(tokens.access, user_id).code == "permission_denied"
    assert not Deletion.objects.exists()


@pytest.mark.parametrize("wrong", ["", "x", uuid4(), "\0", "\ud800"])
def test_what_names_nobody_deletes_nobody(staff: str, wrong: object) -> None:
    assert delete_user(staff, wrong).code == "not_found"


def test_an_id_has_one_spelling(staff: str, user: User) -> None:
    assert {delete_user(staff, each).code for each in misspelt(user.pk)} == {"not_found"}
    assert User.objects.present().filter(pk=user.pk).exists()


def test_whoever_would_delete_themselves_is_told_where(make_user: MakeUser, sign_in: SignIn) -> None:
    root = make_user(is_staff=True, is_superuser=True)
    refused = delete_user(sign_in(root).access, root.pk)
    assert (refused.code, "`deleteMe`" in refused.body["errors"][0]["message"]) == ("permission_denied", True)
