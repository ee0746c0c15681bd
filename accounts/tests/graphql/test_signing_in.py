"""`register`, `login`, `refreshToken`, `verifyToken` and `logout`."""

from typing import Any

import pytest

from accounts.models import RevocationReason, Session, User
from accounts.tests.graphql.asking import Answer, ask
from accounts.tests.support.factories import PASSWORD, MakeUser, SignIn, Tokens
from accounts.tests.support.forging import claims_of

pytestmark = pytest.mark.django_db

REGISTER = """
mutation ($input: RegisterInput!) {
  register(input: $input) { user { id email emailVerified firstName phoneNumber isActive isStaff groups version } }
}
"""
LOGIN = """
mutation ($input: LoginInput!) {
  login(input: $input) { access refresh tokenType expiresIn refreshExpiresIn user { id email } }
}
"""
REFRESH = """
mutation ($input: RefreshTokenInput!) {
  refreshToken(input: $input) { access refresh tokenType expiresIn refreshExpiresIn }
}
"""
VERIFY = """
query ($token: String!) {
  verifyToken(token: $token) { active tokenType sub sid clientId exp iat scope groups user { id email version } }
}
"""
LOGOUT = "mutation ($input: LogoutInput) { logout(input: $input) { ok } }"
ME = "{ me { email } }"


def login(email: str, password: str = PASSWORD) -> Answer:
    return ask(LOGIN, {"input": {"email": email, "password": password}})


def refresh(token: str) -> Answer:
    return ask(REFRESH, {"input": {"refresh": token}})


def logout(*, token: str = "", **given: Any) -> Answer:
    return ask(LOGOUT, {"input": given}, token=token)


def test_whoever_registers_is_answered_as_a_user() -> None:
    given = {"email": "Ada@EXAMPLE.com", "password": PASSWORD, "firstName": " Ada ", "phoneNumber": "+1 202 555 0123"}
    user = ask(REGISTER, {"input": given}).data["register"]["user"]
    assert User.objects.get(pk=user.pop("id")).check_password(PASSWORD)
    assert user == {
        "email": "ada@example.com",
        "emailVerified": False,
        "firstName": "Ada",
        "phoneNumber": "+12025550123",
        "isActive": True,
        "isStaff": False,
        "groups": [],
        "version": 1,
    }


def test_an_address_is_registered_once(user: User) -> None:
    given = {"email": user.email.upper(), "password": PASSWORD}
    assert ask(REGISTER, {"input": given}).code == "email_taken"


def test_a_poor_password_is_refused_by_name() -> None:
    answer = ask(REGISTER, {"input": {"email": "ada@example.com", "password": "short"}})
    assert answer.field_errors == [("password", "too_short")]
    assert not User.objects.exists()


@pytest.mark.parametrize("name", ["isStaff", "is_staff", "first_name", "version", "id"])
def test_an_unknown_field_is_never_lost_or_taken(name: str) -> None:
    answer = ask(REGISTER, {"input": {"email": "ada@example.com", "password": PASSWORD, name: "x"}})
    assert answer.code == "graphql_validation_failed"
    assert not User.objects.exists()


def test_a_login_answers_tokens_and_the_user(user: User) -> None:
    entered = login(user.email).data["login"]
    assert entered["user"] == {"id": str(user.pk), "email": user.email}
    assert (entered["tokenType"], entered["expiresIn"]) == ("Bearer", 300)
    assert entered["refreshExpiresIn"] == 14 * 24 * 3600
    assert ask(ME, token=entered["access"]).data == {"me": {"email": user.email}}


def test_a_wrong_password_and_an_unknown_address_look_alike(user: User) -> None:
    answers = [login(user.email, "not this one"), login("nobody@example.com"), login("no address")]
    assert {answer.code for answer in answers} == {"invalid_credentials"}
    assert len({answer.errors[0]["message"] for answer in answers}) == 1


def test_the_suspended_learn_it_after_the_right_password_alone(make_user: MakeUser) -> None:
    suspended = make_user(is_active=False)
    assert login(suspended.email).code == "account_suspended"
    assert login(suspended.email, "not this one").code == "invalid_credentials"


def test_a_login_needs_no_good_token(user: User) -> None:
    query = {"input": {"email": user.email, "password": PASSWORD}}
    assert ask(LOGIN, query, token="expired.long.ago").data["login"]["access"]


def test_each_refresh_carries_a_new_token_to_store(tokens: Tokens) -> None:
    renewed = refresh(tokens.refresh).data["refreshToken"]
    assert renewed["refresh"] != tokens.refresh
    assert refresh(renewed["refresh"]).data["refreshToken"]["tokenType"] == "Bearer"


@pytest.mark.parametrize("token", ["a.b.c", "nothing", "x" * 20_000])
def test_what_is_no_refresh_token_renews_nothing(token: str) -> None:
    assert refresh(token).code == "invalid_refresh_token"


def test_verifying_says_whose_token_it_is(user: User, tokens: Tokens) -> None:
    verified = ask(VERIFY, {"token": tokens.access}).data["verifyToken"]
    claims = claims_of(tokens.access)
    assert verified == {
        "active": True,
        "tokenType": "access",
        "sub": str(user.pk),
        "sid": claims["sid"],
        "clientId": "authservice",
        "exp": claims["exp"],
        "iat": claims["iat"],
        "scope": "",
        "groups": [],
        "user": {"id": str(user.pk), "email": user.email, "version": user.version},
    }


def test_verifying_refuses_as_rest_does(tokens: Tokens) -> None:
    assert ask(VERIFY, {"token": tokens.refresh}).code == "wrong_token_type"
    assert ask(VERIFY, {"token": f"{tokens.access}=="}).code == "token_invalid"
    Session.objects.all().revoke(RevocationReason.LOGOUT)
    assert ask(VERIFY, {"token": tokens.access}).code == "session_revoked"


def test_logging_out_ends_this_session_and_may_be_repeated(user: User, tokens: Tokens, sign_in: SignIn) -> None:
    other = sign_in(user)
    for _ in range(2):
        assert ask("mutation { logout { ok } }", token=tokens.access).data == {"logout": {"ok": True}}
    assert ask(ME, token=tokens.access).code == "session_revoked"
    assert ask(ME, token=other.access).data["me"]


@pytest.mark.parametrize(("scope", "left"), [("OTHERS", [True, False]), ("ALL", [False, False])])
def test_logging_out_of_others_or_all(
    user: User, tokens: Tokens, sign_in: SignIn, scope: str, left: list[bool]
) -> None:
    other = sign_in(user)
    assert logout(token=tokens.access, scope=scope).data == {"logout": {"ok": True}}
    assert ["errors" not in ask(ME, token=each.access).body for each in (tokens, other)] == left


def test_a_refresh_token_logs_out_in_place_of_the_bearer_token(tokens: Tokens) -> None:
    assert logout(token="of.somebody.else", refresh=tokens.refresh).data == {"logout": {"ok": True}}
    assert refresh(tokens.refresh).code == "session_revoked"


def test_logging_out_needs_a_token_and_a_known_scope(tokens: Tokens) -> None:
    assert logout().code == "not_authenticated"
    assert logout(token=tokens.access, scope=None).code == "graphql_validation_failed"
    assert logout(token=tokens.access, scope="this").code == "graphql_validation_failed"
    assert logout(token=tokens.access, refresh=None).field_errors == [("refresh", "null")]
    assert ask(ME, token=tokens.access).data["me"]
