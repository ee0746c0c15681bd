"""Service clients are made, changed and removed; whatever takes something away ends the tokens that have it."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from accounts.errors import ClientDisabled, InvalidClient, NotFound, Refusal, SessionRevoked, TooManySecrets
from accounts.models import AuditEvent, ClientSecret, Notice, ServiceClient
from accounts.models.clients import make_client_id
from accounts.principals import Origin, System
from accounts.services import identification
from accounts.services.clients import client_credentials, clients
from accounts.services.clients.clients import NewSecret
from accounts.tests.support import service_clients
from accounts.tests.support.together import outcomes_together

pytestmark = pytest.mark.django_db

OPERATOR = System("test")
NOWHERE = Origin()
UNKNOWN = make_client_id()


@pytest.fixture
def made() -> NewSecret:
    return service_clients.make("orders:write", "users:read")


def change(made: NewSecret, *, end_tokens: bool = False, **changes: Any) -> ServiceClient:
    return clients.change(made.client.pk, changes, end_tokens=end_tokens, actor=OPERATOR, origin=NOWHERE)


def add_secret(made: NewSecret) -> NewSecret:
    return clients.add_secret(made.client.pk, actor=OPERATOR, origin=NOWHERE)


def refusal_of(token: str) -> type[Refusal] | None:
    try:
        identification.identify(token)
    except Refusal as refusal:
        return type(refusal)
    return None


def ended() -> list[tuple[str, str]]:
    """Whose tokens ended, and which, in the log's order."""
    told = Notice.objects.filter(type="client.changed").order_by("seq", "pk").values_list("subject", "data__sid")
    return [(subject, sid) for subject, sid in told]


def audited() -> dict[str, Any]:
    """Type and data of the last audit row about a client."""
    event = AuditEvent.objects.filter(type__startswith="client.").latest("pk")
    assert (event.outcome, event.actor) == ("success", "system:test")
    data: dict[str, Any] = event.data
    return {"type": event.type} | data


def test_a_new_client_is_active_and_has_one_secret(made: NewSecret) -> None:
    client = ServiceClient.objects.get()
    assert made.client == client
    assert (client.name, client.scopes, client.is_active) == ("orders", ["orders:write", "users:read"], True)
    assert not client.holds_personal_data
    assert made.client.live_secrets == [made.row] == list(ClientSecret.objects.all())
    assert audited() == {
        "type": "client.created",
        "client": client.pk,
        "scopes": "orders:write users:read",
        "is_active": True,
        "holds_personal_data": False,
        "secret": None,
        "changed": "",
        "tokens_ended": False,
    }


def test_scopes_are_sorted_and_each_is_there_once() -> None:
    assert service_clients.make("b", "a", "b").client.scopes == ["a", "b"]


def test_a_secret_is_in_no_row_and_no_repr(made: NewSecret) -> None:
    second = clients.replace_secrets(made.client.pk, actor=OPERATOR, origin=NOWHERE)
    rows = [*ClientSecret.objects.values(), *AuditEvent.objects.values(), *Notice.objects.values()]
    for each in (made, second):
        assert each.secret not in f"{rows} {each!r}"


def test_ids_are_never_uuids_and_never_alike() -> None:
    ids = {make_client_id() for _ in range(100)}
    assert len(ids) == 100
    assert all(len(client_id) == 28 and client_id.startswith("svc_") for client_id in ids)


TAKING_AWAY = [
    ({"is_active": False}, ClientDisabled),
    ({"scopes": ["users:read"]}, SessionRevoked),
    ({"scopes": []}, SessionRevoked),
    ({"scopes": ["users:read", "fleet:read"]}, SessionRevoked),
    ({"end_tokens": True}, SessionRevoked),
    ({"end_tokens": True, "name": "Orders"}, SessionRevoked),
]


@pytest.mark.parametrize(("changes", "refusal"), TAKING_AWAY)
def test_taking_away_ends_the_tokens_and_the_log_names_them(
    made: NewSecret, changes: dict[str, Any], refusal: type[Refusal]
) -> None:
    token, epoch = service_clients.token_of(made), made.client.epoch
    assert refusal_of(token) is None
    changed = change(made, **changes)
    assert refusal_of(token) is refusal
    assert changed.epoch != epoch
    assert ended() == [(made.client.pk, str(epoch))]
    assert audited()["tokens_ended"] is True


def test_also_a_token_without_the_scope_that_is_taken_away_ends(made: NewSecret) -> None:
    """Which tokens there are nobody knows; those that ask anew get theirs."""
    token = service_clients.token_of(made, scope="users:read")
    change(made, scopes=["users:read"])
    assert refusal_of(token) is SessionRevoked
    assert refusal_of(service_clients.token_of(made)) is None


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"name": "Orders"},
        {"scopes": ["fleet:read", "orders:write", "users:read"]},
        {"scopes": ["users:read", "orders:write", "users:read"]},
        {"holds_personal_data": True},
        {"is_active": True},
    ],
)
def test_what_takes_nothing_away_ends_nothing(made: NewSecret, changes: dict[str, Any]) -> None:
    token = service_clients.token_of(made)
    changed = change(made, **changes)
    assert refusal_of(token) is None
    assert (changed.epoch, ended()) == (made.client.epoch, [])
    assert audited()["tokens_ended"] is False


def test_the_audit_says_what_was_changed_and_to_what(made: NewSecret) -> None:
    change(made, name="Orders", scopes=["users:read"], is_active=True, holds_personal_data=True)
    told = audited()
    assert (told["type"], told["changed"]) == ("client.changed", "holds_personal_data name scopes")
    assert (told["scopes"], told["is_active"], told["holds_personal_data"]) == ("users:read", True, True)
    change(made, is_active=False)
    assert (audited()["changed"], audited()["is_active"]) == ("is_active", False)


def test_a_change_that_changes_nothing_writes_nothing_and_is_no_event(made: NewSecret) -> None:
    before = AuditEvent.objects.count()
    with CaptureQueriesContext(connection) as queries:
        change(made, scopes=["users:read", "orders:write"], is_active=True)
    assert not [query for query in queries if query["sql"].startswith(("UPDATE", "INSERT"))]
    assert AuditEvent.objects.count() == before
    service_clients.disable(made.client)
    change(made, is_active=False)
    assert (AuditEvent.objects.count(), len(ended())) == (before + 1, 1)


def test_whoever_is_enabled_again_gets_new_tokens_and_the_old_ones_stay_dead(made: NewSecret) -> None:
    token = service_clients.token_of(made)
    service_clients.disable(made.client)
    with pytest.raises(InvalidClient):
        service_clients.token_of(made)
    assert change(made, is_active=True).is_active
    assert refusal_of(token) is SessionRevoked
    assert refusal_of(service_clients.token_of(made)) is None


def test_also_after_somebody_disabled_it_in_sql(made: NewSecret) -> None:
    """They ended no tokens, so enabling does."""
    token = service_clients.token_of(made)
    ServiceClient.objects.update(is_active=False)
    assert refusal_of(token) is ClientDisabled
    change(made, is_active=True)
    assert refusal_of(token) is SessionRevoked


def test_a_token_that_is_issued_while_the_client_is_changed_is_dead(made: NewSecret) -> None:
    """Its secret was right, and then somebody was quicker."""
    authenticated = client_credentials.authenticate(made.client.pk, made.secret)
    service_clients.disable(made.client)
    token = client_credentials.issue(authenticated, scope=None).access_token
    assert refusal_of(token) is ClientDisabled
    change(made, is_active=True)
    assert refusal_of(token) is SessionRevoked


def test_a_removed_client_takes_its_secrets_and_tokens_along(made: NewSecret) -> None:
    token, client_id, epoch = service_clients.token_of(made), made.client.pk, made.client.epoch
    clients.remove(client_id, actor=OPERATOR, origin=NOWHERE)
    assert not ServiceClient.objects.exists()
    assert not ClientSecret.objects.exists()
    assert refusal_of(token) is ClientDisabled
    assert ended() == [(client_id, str(epoch))]
    told = audited()
    assert (told["type"], told["client"], told["scopes"]) == ("client.deleted", client_id, "orders:write users:read")


def test_one_clients_change_leaves_the_others_alone(made: NewSecret) -> None:
    other = service_clients.make("users:read")
    token = service_clients.token_of(other)
    service_clients.disable(made.client)
    clients.remove(made.client.pk, actor=OPERATOR, origin=NOWHERE)
    assert refusal_of(token) is None


def test_two_secrets_and_no_third(made: NewSecret) -> None:
    second = add_secret(made)
    assert [secret.pk for secret in second.client.live_secrets] == [made.row.pk, second.row.pk]
    assert (audited()["type"], audited()["secret"]) == ("client.secret_added", str(second.row.pk))
    with pytest.raises(TooManySecrets):
        add_secret(made)
    clients.revoke_secret(made.client.pk, made.row.pk, actor=OPERATOR, origin=NOWHERE)
    assert (audited()["type"], audited()["secret"]) == ("client.secret_revoked", str(made.row.pk))
    add_secret(made)
    with pytest.raises(TooManySecrets):
        add_secret(made)
    service_clients.make()


@pytest.mark.django_db(transaction=True)
def test_of_those_who_add_a_second_secret_at_once_one_does(made: NewSecret) -> None:
    outcomes = outcomes_together(lambda _: add_secret(made), threads=4)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["NewSecret", *["TooManySecrets"] * 3]
    assert ClientSecret.objects.live().count() == 2


def test_tokens_outlive_the_secret_that_brought_them(made: NewSecret) -> None:
    token = service_clients.token_of(made)
    clients.revoke_secret(made.client.pk, made.row.pk, actor=OPERATOR, origin=NOWHERE)
    assert refusal_of(token) is None
    assert ended() == []


def test_a_secret_is_revoked_once_and_at_its_own_client(made: NewSecret) -> None:
    other = service_clients.make()
    for client_id, secret_id in ((other.client.pk, made.row.pk), (made.client.pk, uuid4()), (UNKNOWN, made.row.pk)):
        with pytest.raises(NotFound):
            clients.revoke_secret(client_id, secret_id, actor=OPERATOR, origin=NOWHERE)
    clients.revoke_secret(made.client.pk, made.row.pk, actor=OPERATOR, origin=NOWHERE)
    revoked_at = ClientSecret.objects.get(pk=made.row.pk).revoked_at
    with pytest.raises(NotFound):
        clients.revoke_secret(made.client.pk, made.row.pk, actor=OPERATOR, origin=NOWHERE)
    assert ClientSecret.objects.get(pk=made.row.pk).revoked_at == revoked_at is not None


def test_after_a_leak_one_new_secret_replaces_all_and_the_tokens_end(made: NewSecret) -> None:
    second, token = add_secret(made), service_clients.token_of(made)
    third = clients.replace_secrets(made.client.pk, actor=OPERATOR, origin=NOWHERE)
    for old in (made, second):
        with pytest.raises(InvalidClient):
            service_clients.token_of(old)
    assert refusal_of(token) is SessionRevoked
    assert refusal_of(service_clients.token_of(third)) is None
    assert third.client.live_secrets == [third.row]
    assert ended() == [(made.client.pk, str(made.client.epoch))]
    assert (audited()["type"], audited()["tokens_ended"]) == ("client.secrets_replaced", True)


@pytest.mark.parametrize("client_id", [UNKNOWN, "", "svc_", "\0", "\ud800", "x" * 9999])
def test_nobody_is_found(made: NewSecret, client_id: str) -> None:
    whom = {"actor": OPERATOR, "origin": NOWHERE}
    with pytest.raises(NotFound):
        clients.get(client_id, actor=OPERATOR)
    for act in (clients.add_secret, clients.remove, clients.replace_secrets):
        with pytest.raises(NotFound):
            act(client_id, **whom)  # type: ignore[arg-type]
    with pytest.raises(NotFound):
        clients.change(client_id, {"name": "x"}, **whom)  # type: ignore[arg-type]


def test_clients_are_listed_with_their_live_secrets(made: NewSecret) -> None:
    second = add_secret(made)
    clients.revoke_secret(made.client.pk, made.row.pk, actor=OPERATOR, origin=NOWHERE)
    bare = service_clients.make()
    found = {client.pk: client.live_secrets for client in clients.listed(actor=OPERATOR)}
    assert found == {made.client.pk: [second.row], bare.client.pk: [bare.row]}
    assert clients.get(made.client.pk, actor=OPERATOR).live_secrets == [second.row]


def test_no_two_clients_have_one_id(made: NewSecret) -> None:
    with pytest.raises(IntegrityError):
        ServiceClient.objects.create(pk=made.client.pk, name="another")
