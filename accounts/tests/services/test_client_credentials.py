"""A service client signs in with its id and one of its live secrets, and gets at most its own scopes."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from prometheus_client import REGISTRY
from pytest_django import DjangoAssertNumQueries, Settings
from structlog.testing import capture_logs

from accounts.errors import InvalidClient, InvalidScope, TemporarilyUnavailable
from accounts.keys.ring import ring
from accounts.models import ClientSecret, ServiceClient
from accounts.models.clients import ClientSecretQuerySet, make_client_id
from accounts.principals import ClientPrincipal, Origin, System
from accounts.services import identification
from accounts.services.clients import client_credentials, clients
from accounts.services.clients.client_credentials import Authenticated
from accounts.services.clients.clients import NewSecret
from accounts.services.identification import ClientIdentity
from accounts.tests.support import service_clients
from accounts.tests.support.forging import claims_of
from accounts.tests.support.together import together

pytestmark = pytest.mark.django_db

OPERATOR = System("test")
OLD, NEW = "a" * 50, "b" * 50


@pytest.fixture
def made() -> NewSecret:
    return service_clients.make("orders:write", "users:read")


def authenticate(made: NewSecret) -> Authenticated:
    return client_credentials.authenticate(made.client.pk, made.secret)


def assert_refused(client_id: str, secret: str) -> InvalidClient:
    with pytest.raises(InvalidClient) as refusal:
        client_credentials.authenticate(client_id, secret)
    return refusal.value


def test_the_right_secret_opens(made: NewSecret) -> None:
    authenticated = authenticate(made)
    assert authenticated.client == made.client
    assert abs(authenticated.at - timezone.now()) < timedelta(seconds=5)
    scopes = frozenset({"orders:write", "users:read"})
    assert authenticated.principal == ClientPrincipal(made.client.pk, made.client.epoch, scopes)


def test_either_of_two_secrets_opens(made: NewSecret) -> None:
    second = clients.add_secret(made.client.pk, actor=OPERATOR, origin=Origin())
    assert authenticate(made).client == authenticate(second).client == made.client


def test_wrong_and_unknown_are_refused_in_the_same_words(made: NewSecret) -> None:
    other = service_clients.make()
    wrong = assert_refused(made.client.pk, other.secret)
    unknown = assert_refused(make_client_id(), made.secret)
    assert wrong.detail == unknown.detail
    for secret in ("", made.secret[:-1], f" {made.secret}", "\0", "\ud800", "é"):
        assert_refused(made.client.pk, secret)


@pytest.mark.parametrize(
    "client_id", ["", "svc_", "\0", "\ud800", "é", "svc_" + "A" * 24, "svc_" + "a" * 25, "x" * 9999]
)
def test_what_can_be_no_clients_id_is_not_looked_up(
    made: NewSecret, client_id: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        assert_refused(client_id, made.secret)


@pytest.mark.parametrize("spelling", [str.upper, lambda text: f"{text}\n", lambda text: f" {text}"])
def test_an_id_has_one_spelling(made: NewSecret, spelling: "type[str]") -> None:
    assert_refused(spelling(made.client.pk), made.secret)


def test_a_revoked_secret_opens_no_more_and_the_other_does(made: NewSecret) -> None:
    second = clients.add_secret(made.client.pk, actor=OPERATOR, origin=Origin())
    clients.revoke_secret(made.client.pk, made.row.pk, actor=OPERATOR, origin=Origin())
    assert_refused(made.client.pk, made.secret)
    assert authenticate(second)


def test_only_who_has_the_secret_hears_that_a_client_is_disabled(made: NewSecret) -> None:
    service_clients.disable(made.client)
    assert "disabled" in assert_refused(made.client.pk, made.secret).detail
    assert "disabled" not in assert_refused(made.client.pk, "wrong").detail


def test_a_removed_client_is_unknown(made: NewSecret) -> None:
    client_id = made.client.pk
    clients.remove(client_id, actor=OPERATOR, origin=Origin())
    assert "disabled" not in assert_refused(client_id, made.secret).detail


def test_a_failure_is_counted_and_told_without_what_was_tried(made: NewSecret) -> None:
    labels = {"type": "client.sign_in", "outcome": "failure"}
    before = REGISTRY.get_sample_value("authservice_audit_events_total", labels) or 0
    with capture_logs() as logs:
        assert_refused(made.client.pk, "a-secret-that-was-tried")
        service_clients.disable(made.client)
        assert_refused(made.client.pk, made.secret)
    assert REGISTRY.get_sample_value("authservice_audit_events_total", labels) == before + 2
    told = [line for line in logs if line["event"] == "client.sign_in"]
    assert [(line["outcome"], line["reason"]) for line in told] == [
        ("failure", "invalid_client"),
        ("failure", "disabled"),
    ]
    assert {line["client"] for line in told} == {made.client.pk}
    assert "a-secret-that-was-tried" not in str(logs)
    assert made.secret not in str(logs)


def test_a_client_whose_secrets_are_all_revoked_is_named_too(made: NewSecret) -> None:
    clients.revoke_secret(made.client.pk, made.row.pk, actor=OPERATOR, origin=Origin())
    with capture_logs() as logs:
        assert_refused(made.client.pk, made.secret)
    assert [(line["event"], line["client"]) for line in logs] == [("client.sign_in", made.client.pk)]


def test_a_client_whose_key_is_gone_is_named_too(made: NewSecret, settings: Settings) -> None:
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = NEW, []
    with capture_logs() as logs, pytest.raises(TemporarilyUnavailable):
        authenticate(made)
    assert [(line["reason"], line["client"]) for line in logs] == [("secret_key_unknown", made.client.pk)]


@pytest.mark.parametrize("client_id", [make_client_id(), "orders", "\n", ""])
def test_what_a_stranger_makes_up_is_counted_and_fills_no_log(made: NewSecret, client_id: str) -> None:
    labels = {"type": "client.sign_in", "outcome": "failure"}
    before = REGISTRY.get_sample_value("authservice_audit_events_total", labels) or 0
    with capture_logs() as logs:
        assert_refused(client_id, made.secret)
    assert REGISTRY.get_sample_value("authservice_audit_events_total", labels) == before + 1
    assert logs == []


@contextmanager
def read_only() -> Iterator[None]:
    """As a standby is."""
    begin, end = "PRAGMA query_only = ON", "PRAGMA query_only = OFF"
    if connection.vendor == "postgresql":
        begin, end = "SET TRANSACTION READ ONLY", "SELECT 1"  # it ends with the savepoint
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(begin)
        yield
        cursor.execute(end)


def test_a_right_secret_opens_where_its_use_can_not_be_noted(made: NewSecret) -> None:
    with capture_logs() as logs, read_only():
        assert authenticate(made).client == made.client
    assert [(line["event"], line["client"]) for line in logs] == [("client_secret_use_not_noted", made.client.pk)]
    assert ClientSecret.objects.get().last_used_at is None


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_right_secret_opens_while_its_row_is_held_and_waits_for_nobody(made: NewSecret) -> None:
    with capture_logs() as logs, transaction.atomic():
        ClientSecret.objects.select_for_update().get()
        assert together(lambda _: authenticate(made).client, threads=1) == [made.client]
    assert "client_secret_use_not_noted" not in {line["event"] for line in logs}  # as after a wait in vain


def test_of_those_who_come_at_once_one_notes_the_use(made: NewSecret, monkeypatch: pytest.MonkeyPatch) -> None:
    read_before = ClientSecret.objects.find_live([made.client.pk])
    monkeypatch.setattr(ClientSecretQuerySet, "find_live", lambda *_: read_before)
    authenticate(made)
    ClientSecret.objects.update(last_used_at="2030-01-01T00:00:00Z")
    authenticate(made)
    assert ClientSecret.objects.get().last_used_at == datetime(2030, 1, 1, tzinfo=UTC)


def test_a_note_of_use_leaves_the_digest_that_another_process_has_made_anew(made: NewSecret) -> None:
    with CaptureQueriesContext(connection) as queries:
        authenticate(made)
    (noting,) = [query["sql"] for query in queries if query["sql"].startswith("UPDATE")]
    assert "digest" not in noting


def test_use_is_noted_to_the_hour(made: NewSecret, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    secrets = ClientSecret.objects.filter(pk=made.row.pk)
    assert secrets.get().last_used_at is None
    authenticate(made)
    first = secrets.get().last_used_at
    assert first is not None
    with django_assert_num_queries(1):
        authenticate(made)
    assert secrets.get().last_used_at == first
    secrets.update(last_used_at=first - timedelta(hours=1, seconds=1))
    authenticate(made)
    assert (secrets.get().last_used_at or first) >= first


def test_who_is_refused_leaves_no_mark(made: NewSecret) -> None:
    assert_refused(made.client.pk, "wrong")
    service_clients.disable(made.client)
    assert_refused(made.client.pk, made.secret)
    assert ClientSecret.objects.get().last_used_at is None


def test_under_another_secret_key_the_digest_is_made_anew_at_use(settings: Settings) -> None:
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = OLD, []
    made = service_clients.make()
    authenticate(made)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = NEW, [OLD]
    assert_refused(made.client.pk, "wrong")
    assert authenticate(made)
    settings.SECRET_KEY_FALLBACKS = []
    assert authenticate(made)


def test_whoever_was_not_seen_while_the_old_key_was_a_fallback_needs_it(settings: Settings) -> None:
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = OLD, []
    made = service_clients.make()
    settings.SECRET_KEY = NEW
    with pytest.raises(TemporarilyUnavailable):  # nobody can tell, so it is no "no"
        authenticate(made)
    settings.SECRET_KEY_FALLBACKS = [OLD]
    assert authenticate(made)


def test_processes_with_the_old_key_and_with_the_new_one_serve_side_by_side(settings: Settings) -> None:
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = OLD, []
    made = service_clients.make()
    for _ in range(2):
        settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = NEW, [OLD]
        assert authenticate(made)
        settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = OLD, []
        assert authenticate(made)
    settings.SECRET_KEY = NEW
    assert authenticate(made)


@pytest.mark.parametrize(
    ("asked", "granted"),
    [
        (None, "orders:write users:read"),
        ("", "orders:write users:read"),
        ("  ", "orders:write users:read"),
        ("users:read", "users:read"),
        ("users:read orders:write", "orders:write users:read"),
        ("users:read users:read", "users:read"),
    ],
)
def test_a_token_has_the_scopes_that_were_asked_for_or_all(made: NewSecret, asked: str | None, granted: str) -> None:
    issued = client_credentials.issue(authenticate(made), scope=asked)
    assert (issued.scope, issued.expires_in) == (granted, 300)
    identity = identification.identify(issued.access_token)
    assert isinstance(identity, ClientIdentity)
    assert identity.principal.scopes == set(granted.split())
    assert identity.client == made.client


@pytest.mark.parametrize(
    "asked", ["users:admin", "users:read users:admin", "USERS:READ", "users", "users:read,orders:write"]
)
def test_no_scope_beyond_its_own(made: NewSecret, asked: str) -> None:
    with pytest.raises(InvalidScope):
        client_credentials.issue(authenticate(made), scope=asked)


def test_a_client_without_scopes_gets_a_token_without() -> None:
    made = service_clients.make()
    issued = client_credentials.issue(authenticate(made), scope=None)
    assert issued.scope == ""
    identity = identification.identify(issued.access_token)
    assert isinstance(identity, ClientIdentity)
    assert identity.principal.scopes == frozenset()
    with pytest.raises(InvalidScope):
        client_credentials.issue(authenticate(made), scope="users:read")


def test_the_answer_about_a_service_token_names_nobody(made: NewSecret) -> None:
    token = service_clients.token_of(made, scope="users:read")
    answer = identification.identify(token).as_answer()
    assert (answer["sub"], answer["client_id"], answer["sid"]) == (
        made.client.pk,
        made.client.pk,
        str(made.client.epoch),
    )
    assert (answer["scope"], answer["groups"], answer["user"]) == ("users:read", [], None)


def test_the_first_token_of_all_makes_the_keys(made: NewSecret) -> None:
    assert not ring.can_sign()
    assert service_clients.token_of(made)


def test_the_epoch_is_the_tokens_session(made: NewSecret) -> None:
    claims = claims_of(service_clients.token_of(made))
    assert UUID(claims["sid"]) == ServiceClient.objects.get().epoch
    assert re.fullmatch(r"svc_[a-z2-7]{24}", claims["sub"])
