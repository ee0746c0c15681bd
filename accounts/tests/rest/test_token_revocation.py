"""`POST /auth/revoke`: whoever holds a person's token ends its session."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import OperationalError, connection
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Session, User
from accounts.services.clients.clients import NewSecret
from accounts.tests.rest.test_forged_access_tokens import FORGERIES, Forge
from accounts.tests.support import memory, service_clients
from accounts.tests.support.factories import Bearer, SignIn, Tokens
from accounts.tests.support.forging import claims_of, resigned
from accounts.tests.support.oauth import assert_oauth_refused, basic, basic_of, in_body, post_form
from accounts.tests.support.refusals import assert_refused, assert_token_challenged, body_of

pytestmark = pytest.mark.django_db

PATH = "/auth/revoke"


@pytest.fixture
def made(db: None) -> NewSecret:
    return service_clients.make("users:read")


def assert_done(answer: Any) -> None:
    """RFC 7009 section 2.2: 200, whatever there was to end."""
    assert (answer.status_code, answer.content) == (200, b"")
    assert (answer.headers["Cache-Control"], answer.headers["Pragma"]) == ("no-store", "no-cache")


def is_over(tokens: Tokens) -> bool:
    return Session.objects.filter(pk=claims_of(tokens.access)["sid"], revoked_at__isnull=False).exists()


@pytest.mark.parametrize("kind", ["access", "refresh"])
@pytest.mark.parametrize("hint", [None, "access_token", "refresh_token", "nonsense"])
def test_a_persons_token_ends_its_session_and_no_other(
    api: APIClient, user: User, tokens: Tokens, sign_in: SignIn, bearer: Bearer, kind: str, hint: str | None
) -> None:
    other = sign_in(user)
    form = {"token": getattr(tokens, kind)} | ({"token_type_hint": hint} if hint else {})
    for _ in range(2):
        assert_done(post_form(api, PATH, form))
        assert (is_over(tokens), is_over(other)) == (True, False)
    assert_refused(bearer(tokens.access).get("/auth/user"), 401, "session_revoked")
    assert_refused(api.post("/auth/refresh", {"refresh": tokens.refresh}), 401, "session_revoked")
    assert bearer(other.access).get("/auth/user").status_code == 200


def test_a_refresh_token_of_any_generation_will_do(api: APIClient, tokens: Tokens) -> None:
    newest = tokens.refresh
    for _ in range(3):
        newest = body_of(api.post("/auth/refresh", {"refresh": newest}))["refresh"]
    Session.objects.update(rotated_at=timezone.now() - timedelta(hours=1))
    assert_done(post_form(api, PATH, {"token": tokens.refresh}))
    assert Session.objects.get().revocation_reason == "logout"  # and not theft


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES.keys())
def test_a_forged_token_ends_nothing(api: APIClient, tokens: Tokens, forge: Forge) -> None:
    assert_done(post_form(api, PATH, {"token": forge(tokens.access)}))
    assert not is_over(tokens)


@pytest.mark.parametrize("token", ["a.b.c", "x", "👩", "..", "Bearer", "x" * 60_000])
def test_what_is_no_token_ends_nothing(api: APIClient, tokens: Tokens, token: str) -> None:
    assert_done(post_form(api, PATH, {"token": token}))
    assert not is_over(tokens)


def test_what_is_over_ends_nothing_more(api: APIClient, tokens: Tokens) -> None:
    altered = [tokens.refresh[:-4] + "AAAA", tokens.refresh + "==", tokens.refresh.rpartition(".")[0] + "."]
    for token in altered:
        assert_done(post_form(api, PATH, {"token": token}))
        assert not is_over(tokens)
    with time_machine.travel(timezone.now() + timedelta(days=365)):
        assert_done(post_form(api, PATH, {"token": tokens.refresh}))


@pytest.mark.parametrize("age", [timedelta(seconds=331), timedelta(hours=5)])
def test_an_expired_access_token_still_ends_its_session(api: APIClient, tokens: Tokens, age: timedelta) -> None:
    """Whoever has nothing else in hand would take the 200 for a sign-out."""
    with time_machine.travel(timezone.now() + age):
        assert_refused(api.post("/auth/verify", {"token": tokens.access}), 401, "token_expired")
        for _ in range(2):
            assert_done(post_form(api, PATH, {"token": tokens.access}))
            assert is_over(tokens)


@pytest.mark.parametrize("name", sorted(FORGERIES.keys() - {"not valid yet"}))
def test_a_forged_token_that_is_expired_ends_nothing(api: APIClient, tokens: Tokens, name: str) -> None:
    with time_machine.travel(timezone.now() + timedelta(seconds=331)):
        assert_done(post_form(api, PATH, {"token": FORGERIES[name](tokens.access)}))
    assert not is_over(tokens)


@pytest.mark.parametrize(
    "claims", [{"iss": "x"}, {"aud": "billing"}, {"nbf": 2**35}, {"iat": 2**35}, {"exp": 1.5}, {"exp": None}], ids=repr
)
def test_of_an_expired_token_everything_but_its_end_has_to_hold(
    api: APIClient, tokens: Tokens, claims: dict[str, Any]
) -> None:
    for more in (claims, {"exp": 1, "iat": 1, "nbf": 1} | claims):
        assert_done(post_form(api, PATH, {"token": resigned(tokens.access, claims=more)}))
        assert not is_over(tokens)


def test_an_expired_token_of_a_service_is_not_revoked_either(api: APIClient, made: NewSecret) -> None:
    token = resigned(service_clients.token_of(made), claims={"exp": 1})
    assert_oauth_refused(post_form(api, PATH, {"token": token}), 400, "unsupported_token_type")


def test_a_token_of_a_suspended_person_is_no_error(api: APIClient, tokens: Tokens) -> None:
    User.objects.update(is_active=False)
    for token in (tokens.access, tokens.refresh):
        assert_done(post_form(api, PATH, {"token": token}))


def test_right_credentials_do_no_harm(api: APIClient, made: NewSecret, user: User, sign_in: SignIn) -> None:
    """Whose they are does not matter: who has the token may end it."""
    own, others = sign_in(user), sign_in(user)
    bearers = [f"Bearer {service_clients.token_of(made)}", f"Bearer {own.access}"]
    for authorization in (basic_of(made), *bearers):
        tokens = sign_in(user)
        assert_done(post_form(api, PATH, {"token": tokens.refresh}, authorization))
        assert is_over(tokens)
    for form in (in_body(made), {"client_id": made.client.pk}, {"client_id": "authservice"}):
        tokens = sign_in(user)
        assert_done(post_form(api, PATH, {"token": tokens.access} | form))
        assert is_over(tokens)
    assert not is_over(others)


def test_wrong_credentials_end_nothing(api: APIClient, made: NewSecret, tokens: Tokens) -> None:
    form = {"token": tokens.refresh}
    answers = [
        post_form(api, PATH, form, basic(made.client.pk, "wrong")),
        post_form(api, PATH, form, "Basic nonsense"),
        post_form(api, PATH, form, "Digest abc"),
        post_form(api, PATH, form | in_body(made) | {"client_secret": "wrong"}),
        post_form(api, PATH, form | {"client_secret": made.secret}),
    ]
    for answer in answers:
        assert_oauth_refused(answer, 401, "invalid_client")
    for header in ("Bearer", "Bearer a.b.c", f"Bearer {tokens.refresh}"):
        refused = post_form(api, PATH, form, header)
        assert_oauth_refused(refused, 401, "invalid_token")
        assert_token_challenged(refused)
    assert not is_over(tokens)


def test_a_disabled_clients_credentials_are_wrong(api: APIClient, made: NewSecret, tokens: Tokens) -> None:
    token = service_clients.token_of(made)
    service_clients.disable(made.client)
    assert_oauth_refused(post_form(api, PATH, {"token": tokens.refresh}, basic_of(made)), 401, "invalid_client")
    assert_oauth_refused(post_form(api, PATH, {"token": tokens.refresh}, f"Bearer {token}"), 401, "invalid_token")
    assert not is_over(tokens)


def test_a_services_token_can_not_be_revoked(api: APIClient, made: NewSecret) -> None:
    token = service_clients.token_of(made)
    for authorization in ("", basic_of(made), f"Bearer {token}"):
        refused = post_form(api, PATH, {"token": token}, authorization)
        body = assert_oauth_refused(refused, 400, "unsupported_token_type")
        assert body["error_uri"] == "http://localhost:8000/problems/unsupported_token_type"
    assert api.post("/auth/verify", {"token": token}).status_code == 200


def test_without_the_database_nothing_is_promised(api: APIClient, tokens: Tokens) -> None:
    def fail(*_: object) -> None:
        raise OperationalError

    for token in (tokens.access, tokens.refresh):
        memory.forget()
        with connection.execute_wrapper(fail):
            assert_oauth_refused(post_form(api, PATH, {"token": token}), 503, "temporarily_unavailable")
    assert not is_over(tokens)
