"""`POST /auth/introspect`: what a service client is told of a token."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import OperationalError, connection
from django.http import HttpResponseBase
from django.utils import timezone
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts import clock
from accounts.models import ServiceClient, Session, User
from accounts.models.sessions import SessionQuerySet
from accounts.principals import Origin, System
from accounts.services.clients import clients
from accounts.services.clients.clients import NewSecret
from accounts.tests.rest.test_forged_access_tokens import FORGERIES, Forge
from accounts.tests.support import memory, service_clients
from accounts.tests.support.factories import Bearer, Tokens
from accounts.tests.support.forging import claims_of, resigned
from accounts.tests.support.oauth import assert_oauth_refused, basic, basic_of, in_body, post_form
from accounts.tests.support.refusals import assert_token_challenged, body_of

pytestmark = pytest.mark.django_db

PATH = "/auth/introspect"
INACTIVE = b'{"active":false}'


@pytest.fixture
def asker(db: None) -> NewSecret:
    """Whoever may ask."""
    return service_clients.make("tokens:introspect", name="asker")


def ask(client: APIClient, token: str, made: NewSecret, **form: str) -> HttpResponseBase:
    return post_form(client, PATH, {"token": token} | form, basic_of(made))


def assert_inactive(answer: Any) -> None:
    """RFC 7662 section 2.2: nothing else is told, not even why."""
    assert (answer.status_code, answer.content) == (200, INACTIVE)
    assert answer.headers["Content-Type"] == "application/json"
    assert (answer.headers["Cache-Control"], answer.headers["Pragma"]) == ("no-store", "no-cache")


def told(client: APIClient, token: str, made: NewSecret) -> dict[str, Any]:
    answer = ask(client, token, made)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    body: dict[str, Any] = body_of(answer)
    return body


def test_an_active_token_of_a_person(api: APIClient, asker: NewSecret, tokens: Tokens, user: User) -> None:
    claims = claims_of(tokens.access)
    assert told(api, tokens.access, asker) == {
        "active": True,
        "token_type": "Bearer",
        "username": user.email,
        "groups": [],
        "client_id": "authservice",
        "sub": str(user.pk),
        "aud": "fleet",
        "iss": "http://localhost:8000",
        "amr": ["pwd"],
    } | {name: claims[name] for name in ("exp", "iat", "nbf", "jti", "sid", "auth_time")}


def test_an_active_token_of_a_service(api: APIClient, asker: NewSecret) -> None:
    made = service_clients.make("users:read", "orders:ship")
    claims = claims_of(token := service_clients.token_of(made, scope="orders:ship"))
    assert told(api, token, asker) == {
        "active": True,
        "token_type": "Bearer",
        "scope": "orders:ship",
        "client_id": made.client.pk,
        "sub": made.client.pk,
        "aud": "fleet",
        "iss": "http://localhost:8000",
        "sid": str(made.client.epoch),
    } | {name: claims[name] for name in ("exp", "iat", "nbf", "jti")}


def test_no_member_is_empty(api: APIClient, asker: NewSecret) -> None:
    body = told(api, service_clients.token_of(service_clients.make()), asker)
    assert "scope" not in body
    assert not {None, ""} & {value for value in body.values() if isinstance(value, str | None)}


def test_the_credentials_may_stand_in_the_header_or_the_body_or_be_a_token(
    api: APIClient, asker: NewSecret, tokens: Tokens, bearer: Bearer
) -> None:
    form = {"token": tokens.access}
    answers = [
        post_form(api, PATH, form, basic_of(asker)),
        post_form(api, PATH, form | in_body(asker)),
        post_form(api, PATH, form, f"Bearer {service_clients.token_of(asker)}"),
        api.post(PATH, form | in_body(asker)),
        bearer(service_clients.token_of(asker)).post(PATH, form),
    ]
    bodies = [body_of(answer) for answer in answers]
    assert [answer.status_code for answer in answers] == [200] * 5
    assert bodies[0]["active"] is True
    assert bodies == [bodies[0]] * 5


def test_whoever_calls_with_a_token_may_ask_about_it(api: APIClient, asker: NewSecret) -> None:
    token = service_clients.token_of(asker)
    assert body_of(post_form(api, PATH, {"token": token}, f"Bearer {token}"))["client_id"] == asker.client.pk


@pytest.mark.parametrize("hint", ["access_token", "refresh_token", "nonsense", ""])
def test_the_hint_is_not_needed(api: APIClient, asker: NewSecret, tokens: Tokens, hint: str) -> None:
    assert body_of(ask(api, tokens.access, asker, token_type_hint=hint))["active"] is True
    assert_inactive(ask(api, tokens.refresh, asker, token_type_hint=hint))


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES.keys())
def test_a_forged_token_is_not_active(api: APIClient, asker: NewSecret, tokens: Tokens, forge: Forge) -> None:
    assert_inactive(ask(api, forge(tokens.access), asker))


@pytest.mark.parametrize("token", ["a.b.c", "x", "👩", "..", "Bearer", "null", "true", "x" * 60_000])
def test_garbage_is_not_active(api: APIClient, asker: NewSecret, token: str) -> None:
    assert_inactive(ask(api, token, asker))


def test_a_refresh_token_is_not_active_nor_is_one_that_is_over(
    api: APIClient, asker: NewSecret, tokens: Tokens
) -> None:
    expired = resigned(tokens.access, claims={"exp": claims_of(tokens.access)["iat"] - 31})
    for token in (tokens.refresh, expired):
        assert_inactive(ask(api, token, asker))
    with time_machine.travel(timezone.now() + timedelta(seconds=331)):
        assert_inactive(ask(api, tokens.access, asker))


@pytest.mark.parametrize(
    ("of_user", "of_session"),
    [({"is_active": False}, {}), ({"credentials_version": 2}, {}), ({}, {"revoked_at": timezone.now()})],
)
def test_a_persons_token_that_no_longer_stands_is_not_active(
    api: APIClient, asker: NewSecret, tokens: Tokens, of_user: dict[str, object], of_session: dict[str, object]
) -> None:
    User.objects.update(**(of_user or {"version": 1}))
    Session.objects.update(**(of_session or {"amr": ["pwd"]}))
    assert_inactive(ask(api, tokens.access, asker))


@pytest.mark.parametrize("change", [{"is_active": False}, {"scopes": []}, None])
def test_a_services_token_that_no_longer_stands_is_not_active(
    api: APIClient, asker: NewSecret, change: dict[str, Any] | None
) -> None:
    made = service_clients.make("users:read")
    token = service_clients.token_of(made)
    assert told(api, token, asker)["active"] is True
    if change is None:
        clients.remove(made.client.pk, actor=System("test"), origin=Origin())
    else:
        clients.change(made.client.pk, change, actor=System("test"), origin=Origin())
    assert_inactive(ask(api, token, asker))


def test_the_answer_is_of_the_present(
    api: APIClient, asker: NewSecret, tokens: Tokens, user: User, settings: Settings
) -> None:
    settings.AUTH_ACCESS_CLAIMS = ["email", "email_verified", "first_name", "last_name", "groups"]
    User.objects.filter(pk=user.pk).record_change(first_name="Ada", email="ada@example.com")
    body = told(api, tokens.access, asker)
    assert (body["first_name"], body["username"], body["email"]) == ("Ada", "ada@example.com", "ada@example.com")
    assert (body["email_verified"], body["groups"]) == (False, [])
    assert "last_name" not in body  # empty


def test_a_claim_of_ones_own_never_hides_what_the_token_says(
    api: APIClient, asker: NewSecret, tokens: Tokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A profile field may have any name, also one that means something here."""
    monkeypatch.setattr("accounts.tokens.issuing.asked_claims", lambda _: {"sub": "x", "active": False, "exp": 0})
    body = told(api, tokens.access, asker)
    assert (body["active"], body["sub"]) == (True, claims_of(tokens.access)["sub"])
    assert body["exp"] == claims_of(tokens.access)["exp"]


def test_without_the_scope_nobody_is_told_anything(api: APIClient, tokens: Tokens, asker: NewSecret) -> None:
    other = service_clients.make("users:read", "users:admin", "tokens:introspect:not")
    narrowed = service_clients.token_of(service_clients.make("tokens:introspect", "users:read"), scope="users:read")
    answers = [
        ask(api, tokens.access, other),
        post_form(api, PATH, {"token": tokens.access} | in_body(other)),
        post_form(api, PATH, {"token": tokens.access}, f"Bearer {service_clients.token_of(other)}"),
        post_form(api, PATH, {"token": tokens.access}, f"Bearer {narrowed}"),
        post_form(api, PATH, {"token": "garbage"}, f"Bearer {narrowed}"),
        post_form(api, PATH, {"token": tokens.access}, f"Bearer {tokens.access}"),  # a person's
    ]
    for answer in answers:
        assert_oauth_refused(answer, 403, "insufficient_scope")
        assert 'error="insufficient_scope", scope="tokens:introspect"' in answer.headers["WWW-Authenticate"]


def test_a_client_asks_by_its_secret_with_all_its_scopes_and_by_a_token_with_the_tokens(
    api: APIClient, tokens: Tokens
) -> None:
    made = service_clients.make("tokens:introspect", "users:read")
    narrowed = service_clients.token_of(made, scope="users:read")
    assert told(api, tokens.access, made)["active"] is True
    assert_oauth_refused(post_form(api, PATH, {"token": "x"}, f"Bearer {narrowed}"), 403, "insufficient_scope")


def test_whoever_is_not_known_is_told_nothing(api: APIClient, tokens: Tokens, asker: NewSecret) -> None:
    form = {"token": tokens.access}
    answers = [
        post_form(api, PATH, form),
        post_form(api, PATH, form | {"client_id": asker.client.pk}),
        post_form(api, PATH, form | in_body(asker) | {"client_secret": "wrong"}),
        post_form(api, PATH, form, basic(asker.client.pk, "wrong")),
        post_form(api, PATH, form, "Digest abc"),
    ]
    for answer in answers:
        assert_oauth_refused(answer, 401, "invalid_client")
        assert answer.headers["WWW-Authenticate"] == 'Basic realm="authservice"'


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Bearer a.b.c", "bearer x", "BEARER a b"])
def test_a_caller_with_a_bad_token_is_told_so(api: APIClient, tokens: Tokens, header: str) -> None:
    answer = post_form(api, PATH, {"token": tokens.access}, header)
    assert_oauth_refused(answer, 401, "invalid_token")
    assert_token_challenged(answer)


def test_a_caller_whose_client_was_disabled_is_told_so(api: APIClient, tokens: Tokens, asker: NewSecret) -> None:
    token = service_clients.token_of(asker)
    service_clients.disable(asker.client)
    answer = post_form(api, PATH, {"token": tokens.access}, f"Bearer {token}")
    body = assert_oauth_refused(answer, 401, "invalid_token")
    assert body["error_uri"] == "http://localhost:8000/problems/client_disabled"
    assert_oauth_refused(ask(api, tokens.access, asker), 401, "invalid_client")


def test_a_token_and_a_secret_are_two_ways(api: APIClient, asker: NewSecret, tokens: Tokens) -> None:
    header = f"Bearer {service_clients.token_of(asker)}"
    answer = post_form(api, PATH, {"token": tokens.access} | in_body(asker), header)
    assert_oauth_refused(answer, 400, "invalid_request")


def test_what_can_not_be_told_is_never_said_to_be_inactive(
    api: APIClient, asker: NewSecret, tokens: Tokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OperationalError

    header = f"Bearer {service_clients.token_of(asker)}"
    assert post_form(api, PATH, {"token": "x"}, header).status_code == 200  # the caller is remembered now
    monkeypatch.setattr(SessionQuerySet, "find_whole", fail)
    assert_oauth_refused(post_form(api, PATH, {"token": tokens.access}, header), 503, "temporarily_unavailable")


def test_without_the_database_nothing_is_told(api: APIClient, asker: NewSecret, tokens: Tokens) -> None:
    def fail(*_: object) -> None:
        raise OperationalError("the host is db.internal")

    header = f"Bearer {service_clients.token_of(asker)}"
    memory.forget()
    with connection.execute_wrapper(fail):
        for authorization in (header, basic_of(asker)):
            answer = post_form(api, PATH, {"token": tokens.access}, authorization)
            assert "db.internal" not in str(assert_oauth_refused(answer, 503, "temporarily_unavailable"))


@pytest.mark.django_db(transaction=True)
def test_in_an_outage_memory_answers_who_calls_by_a_token_and_not_by_a_secret(
    api: APIClient, asker: NewSecret, tokens: Tokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: 1000.0)  # what is remembered does not age, however slow the machine

    def fail(*_: object) -> None:
        raise OperationalError

    form, header = {"token": tokens.access}, f"Bearer {service_clients.token_of(asker)}"
    for authorization in (header, basic_of(asker)):
        assert post_form(api, PATH, form, authorization).status_code == 200
    with connection.execute_wrapper(fail):
        assert body_of(post_form(api, PATH, form, header))["active"] is True
        assert_oauth_refused(post_form(api, PATH, form, basic_of(asker)), 503, "temporarily_unavailable")


def test_asking_changes_nothing(api: APIClient, asker: NewSecret, tokens: Tokens) -> None:
    before = list(Session.objects.values()), list(ServiceClient.objects.values())
    for token in (tokens.access, tokens.refresh, "x"):
        ask(api, token, asker)
    assert before == (list(Session.objects.values()), list(ServiceClient.objects.values()))
