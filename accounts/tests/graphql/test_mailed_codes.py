"""What goes by mail, over GraphQL: one an operation."""

from typing import Final

import pytest

from accounts.graphql.limits import MAILED_CODES
from accounts.graphql.mutations import mailed_codes
from accounts.models import User
from accounts.tests.graphql.asking import ask
from accounts.tests.support import codes

pytestmark = pytest.mark.django_db

TAKES_EMAIL: Final = {"requestPasswordReset", "resendVerification"}


def call(name: str) -> str:
    taken = {"resetPassword": 'token: "a", newPassword: "b"', "changeEmail": 'newEmail: "a@example.com", password: "b"'}
    given = 'email: "a@example.com"' if name in TAKES_EMAIL else taken.get(name, 'token: "a"')
    return f"{name}(input: {{{given}}}) {{ ok }}"


@pytest.mark.parametrize("name", sorted(MAILED_CODES))
def test_one_operation_tries_one_code_and_sends_one_mail(name: str) -> None:
    assert ask(f"mutation {{ one: {call(name)} other: {call(name)} }}").code == "query_too_complex"
    assert not codes.waiting()


def test_none_is_forgotten() -> None:
    made = {name for name in vars(mailed_codes) if name.endswith("Input")}
    assert {f"{name[0].upper()}{name[1:]}Input" for name in MAILED_CODES} == made


def test_everybody_gets_the_same_answer(user: User) -> None:
    for name in TAKES_EMAIL:
        document = f"mutation ($email: String!) {{ {name}(input: {{email: $email}}) {{ ok }} }}"
        bodies = [ask(document, {"email": email}).body for email in (user.email, "nobody@example.com")]
        assert bodies == [{"data": {name: {"ok": True}}}] * 2
