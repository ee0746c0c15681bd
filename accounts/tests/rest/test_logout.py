"""`POST /auth/logout`."""

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from accounts.tests.support.factories import Bearer, SignIn, Tokens
from accounts.tests.support.refusals import assert_field_refused, assert_refused, assert_token_challenged

pytestmark = pytest.mark.django_db


def is_in(client: APIClient) -> bool:
    return bool(client.get("/auth/user").status_code == 200)


@pytest.mark.parametrize(
    ("body", "left"),
    [
        ({}, (False, True)),
        ({"scope": "this"}, (False, True)),
        ({"scope": "others"}, (True, False)),
        ({"scope": "all"}, (False, False)),
    ],
)
def test_the_scope_says_who_leaves(
    user: User, sign_in: SignIn, bearer: Bearer, body: dict[str, str], left: tuple[bool, bool]
) -> None:
    here, there = bearer(sign_in(user).access), bearer(sign_in(user).access)
    for _ in range(2):
        answer = here.post("/auth/logout", body)
        assert (answer.status_code, answer.content) == (204, b"")
        assert (is_in(here), is_in(there)) == left


def test_the_refresh_token_will_do_also_an_old_one(api: APIClient, tokens: Tokens, bearer: Bearer) -> None:
    api.post("/auth/refresh", {"refresh": tokens.refresh})
    assert api.post("/auth/logout", {"refresh": tokens.refresh}).status_code == 204
    assert api.post("/auth/logout", {"refresh": tokens.refresh}).status_code == 204
    assert not is_in(bearer(tokens.access))


def test_a_body_is_not_needed(tokens: Tokens, bearer: Bearer) -> None:
    client = bearer(tokens.access)
    assert client.generic("POST", "/auth/logout").status_code == 204
    assert not is_in(client)


def test_an_ended_session_can_not_end_the_others(user: User, sign_in: SignIn, bearer: Bearer) -> None:
    here, there = bearer(sign_in(user).access), bearer(sign_in(user).access)
    here.post("/auth/logout")
    assert_refused(here.post("/auth/logout", {"scope": "all"}), 401, "session_revoked")
    assert is_in(there)


def test_without_any_token_nobody_leaves(api: APIClient) -> None:
    answer = api.post("/auth/logout", {"scope": "all"})
    assert_refused(answer, 401, "not_authenticated")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="authservice"'


@pytest.mark.parametrize("scope", ["everybody", "", None, 1, ["this"], {"this": "this"}, "this "])
def test_an_unknown_scope_ends_nothing(tokens: Tokens, bearer: Bearer, scope: object) -> None:
    client = bearer(tokens.access)
    code = "null" if scope is None else "invalid_choice"
    assert_field_refused(client.post("/auth/logout", {"scope": scope}), "scope", code)
    assert is_in(client)


def test_a_header_of_another_scheme_is_no_token_of_ours(api: APIClient) -> None:
    answer = api.post("/auth/logout", HTTP_AUTHORIZATION="Basic YTpi")
    assert_refused(answer, 401, "token_invalid")
    assert_token_challenged(answer)
