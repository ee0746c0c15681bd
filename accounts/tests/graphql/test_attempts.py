"""Failed attempts at this door and at REST are counted together."""

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from accounts.tests.graphql.asking import Answer, ask, written
from accounts.tests.support.factories import PASSWORD, Tokens
from accounts.tests.support.refusals import assert_refused

pytestmark = pytest.mark.django_db

LOGIN = "mutation ($input: LoginInput!) { login(input: $input) { access } }"
CHANGE = "mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { ok } }"


def login(email: str, password: str) -> Answer:
    return ask(LOGIN, {"input": {"email": email, "password": password}})


def test_ten_wrong_logins_at_both_doors_together_are_the_limit(user: User, api: APIClient) -> None:
    for _ in range(5):
        assert login(user.email.upper(), "not this one").code == "invalid_credentials"
        answer = api.post("/auth/login", {"email": user.email, "password": "not this one"})
        assert_refused(answer, 401, "invalid_credentials")
    limited = login(user.email, PASSWORD)
    assert limited.code == "too_many_attempts"
    assert 0 < limited.errors[0]["extensions"]["retryAfter"] <= 15 * 60
    answer = api.post("/auth/login", {"email": user.email, "password": PASSWORD})
    assert_refused(answer, 429, "too_many_attempts")


def test_wrong_current_passwords_count_as_failed_sign_ins(user: User, tokens: Tokens, api: APIClient) -> None:
    """First the count that strangers share, then the caller's own."""
    wrong = {"currentPassword": "not this one", "newPassword": "seven kites over helsinki"}
    codes = [ask(CHANGE, {"input": wrong}, token=tokens.access).code for _ in range(21)]
    assert codes == ["wrong_password"] * 20 + ["too_many_attempts"]
    from_afar = {"REMOTE_ADDR": "198.51.100.1"}
    answer = api.post("/auth/login", {"email": user.email, "password": PASSWORD}, **from_afar)  # type: ignore[arg-type]
    assert_refused(answer, 429, "too_many_attempts")


def test_refused_documents_and_bad_input_cost_no_attempt(user: User) -> None:
    two = "mutation {" + written(f'a%: login(input: {{email: "{user.email}", password: "x"}}) {{ access }} ', 2) + "}"
    for _ in range(11):
        assert login(user.email, "\0").code == "invalid_input"
        assert ask(two).code == "query_too_complex"
    assert login(user.email, PASSWORD).data
