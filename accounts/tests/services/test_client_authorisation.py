"""Who may look after service clients, what a client itself may do, and that nobody gains by either."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from accounts.errors import (
    ClientDisabled,
    InsufficientScope,
    NotAuthenticated,
    NotFound,
    PermissionDenied,
    SessionRevoked,
)
from accounts.models import ClientSecret, Scope, ServiceClient, User
from accounts.models.clients import make_client_id
from accounts.policy import FOR_PEOPLE
from accounts.principals import ClientPrincipal, Nobody, Origin, Principal, System
from accounts.services import authorisation, suspension
from accounts.services.authorisation import Action
from accounts.services.clients import clients
from accounts.services.clients.clients import NewSecret
from accounts.services.deleting import deletion
from accounts.tests.support import service_clients
from accounts.tests.support.staff import acting, make_staff, make_superuser

pytestmark = pytest.mark.django_db

NOWHERE = Origin()
CLIENTS = [f"accounts.{verb}_serviceclient" for verb in ("view", "add", "change", "delete")]
FOREIGN = "accounts.grant_foreign_scopes"

Act = Callable[[NewSecret, Principal], object]


def rename(made: NewSecret, actor: Principal) -> object:
    return clients.change(made.client.pk, {"name": "mine"}, actor=actor, origin=NOWHERE)


def end_tokens(made: NewSecret, actor: Principal) -> object:
    return clients.change(made.client.pk, {}, end_tokens=True, actor=actor, origin=NOWHERE)


def narrow(made: NewSecret, actor: Principal) -> object:
    return clients.change(made.client.pk, {"scopes": []}, actor=actor, origin=NOWHERE)


def add_secret(made: NewSecret, actor: Principal) -> object:
    return clients.add_secret(made.client.pk, actor=actor, origin=NOWHERE)


def replace_secrets(made: NewSecret, actor: Principal) -> object:
    return clients.replace_secrets(made.client.pk, actor=actor, origin=NOWHERE)


def revoke_secret(made: NewSecret, actor: Principal) -> object:
    return clients.revoke_secret(made.client.pk, made.row.pk, actor=actor, origin=NOWHERE)


def remove(made: NewSecret, actor: Principal) -> object:
    return clients.remove(made.client.pk, actor=actor, origin=NOWHERE)


def give(client_id: str, scopes: list[str], actor: Principal) -> ServiceClient:
    return clients.change(client_id, {"scopes": scopes}, actor=actor, origin=NOWHERE)


ACTS = [rename, end_tokens, narrow, add_secret, replace_secrets, revoke_secret, remove]


def create(actor: Principal, *scopes: str) -> NewSecret:
    return clients.create(name="new", scopes=scopes, actor=actor, origin=NOWHERE)


def service(*scopes: str) -> ClientPrincipal:
    return service_clients.principal(service_clients.make(*scopes))


def state() -> list[Any]:
    return [*ServiceClient.objects.order_by("pk").values(), *ClientSecret.objects.order_by("pk").values()]


def assert_unchanged_by(act: Callable[[], object], refusal: type[Exception]) -> None:
    before = state()
    with pytest.raises(refusal):
        act()
    assert state() == before


@pytest.mark.parametrize("act", ACTS)
def test_staff_need_the_permission_and_no_more_for_a_client_that_may_nothing(act: Act) -> None:
    needed = "delete" if act is remove else "change"
    made = service_clients.make()
    others = acting(make_staff(*(name for name in CLIENTS if needed not in name), "accounts.change_user"))
    assert_unchanged_by(lambda: act(made, others), PermissionDenied)
    act(made, acting(make_staff(f"accounts.{needed}_serviceclient")))


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("scope", Scope)
def test_staff_get_no_hold_of_a_client_that_may_do_more_than_they(act: Act, scope: Scope) -> None:
    made = service_clients.make("orders:write", scope)
    assert_unchanged_by(lambda: act(made, acting(make_staff(*CLIENTS, FOREIGN))), PermissionDenied)
    act(made, acting(make_superuser()))


@pytest.mark.parametrize("act", ACTS)
def test_staff_get_no_hold_of_what_other_services_heed_without_the_permission_for_that(act: Act) -> None:
    made = service_clients.make("payments:admin")
    assert_unchanged_by(lambda: act(made, acting(make_staff(*CLIENTS, "accounts.change_user"))), PermissionDenied)
    act(made, acting(make_staff(*CLIENTS, FOREIGN)))


def test_staff_make_no_client_that_may_do_more_than_they() -> None:
    clerk = acting(make_staff(*CLIENTS, "accounts.view_user"))
    create(clerk, "users:read")
    for scope in (Scope.NOTICES_READ, Scope.USERS_ADMIN, "orders:write"):
        assert_unchanged_by(partial(create, clerk, "users:read", scope), PermissionDenied)
    create(acting(make_superuser()), *Scope)


def test_staff_widen_no_client_beyond_themselves() -> None:
    made, clerk = service_clients.make("users:read"), acting(make_staff(*CLIENTS, "accounts.view_user"))
    scopes = ["users:admin", "users:read"]
    assert_unchanged_by(partial(give, made.client.pk, scopes, clerk), PermissionDenied)
    assert give(made.client.pk, scopes, acting(make_superuser())).scopes == scopes


@pytest.mark.parametrize("act", ACTS)
def test_a_client_gets_no_hold_of_one_whose_scopes_it_lacks(act: Act) -> None:
    made, lesser = service_clients.make("users:admin", "orders:write"), service("users:admin", "notices:read")
    assert_unchanged_by(lambda: act(made, lesser), PermissionDenied)
    act(made, service("users:admin", "orders:write", "notices:read"))


def test_a_client_makes_none_with_scopes_that_it_lacks() -> None:
    actor = service("users:admin", "orders:write")
    create(actor, "orders:write", "users:admin")
    for scope in ("orders:read", Scope.NOTICES_READ):
        assert_unchanged_by(partial(create, actor, scope), PermissionDenied)


def test_a_client_widens_none_and_least_of_all_itself() -> None:
    actor, other = service("users:admin"), service_clients.make()
    for client_id in (actor.client_id, other.client.pk):
        assert_unchanged_by(partial(give, client_id, ["notices:read", "users:admin"], actor), PermissionDenied)


def test_a_token_that_asked_for_less_can_do_less() -> None:
    made = service_clients.make("orders:write", "users:admin")
    asked = ClientPrincipal(made.client.pk, made.client.epoch, frozenset({"users:admin"}))
    assert_unchanged_by(lambda: create(asked, "orders:write"), PermissionDenied)
    assert_unchanged_by(lambda: add_secret(made, asked), PermissionDenied)


@pytest.mark.parametrize("act", [*ACTS, lambda _, actor: create(actor)])
def test_without_the_scope_a_client_looks_after_none(act: Act) -> None:
    made, actor = service_clients.make(), service("users:read", "notices:read", "tokens:introspect")
    with pytest.raises(InsufficientScope) as refusal:
        act(made, actor)
    assert refusal.value.scope == "users:admin"
    assert_unchanged_by(lambda: act(made, Nobody()), NotAuthenticated)


def test_whoever_may_not_learns_nothing_of_which_there_are() -> None:
    made = service_clients.make()
    for client_id in (made.client.pk, make_client_id()):
        for actor, refusal in ((acting(make_staff()), PermissionDenied), (service("users:read"), InsufficientScope)):
            with pytest.raises(refusal):
                clients.get(client_id, actor=actor)
            with pytest.raises(refusal):
                clients.change(client_id, {"name": "x"}, actor=actor, origin=NOWHERE)
    with pytest.raises(NotFound):
        clients.get(make_client_id(), actor=service("users:admin"))


def test_looking_is_for_staff_with_the_permission_and_clients_with_the_scope() -> None:
    made = service_clients.make(*Scope)
    for actor in (acting(make_staff("accounts.view_serviceclient")), service("users:admin")):
        assert clients.get(made.client.pk, actor=actor) == made.client
        assert made.client in clients.listed(actor=actor)
    refused: list[tuple[Principal, type[Exception]]] = [
        (acting(make_staff("accounts.change_serviceclient")), PermissionDenied),
        (service("users:read"), InsufficientScope),
        (Nobody(), NotAuthenticated),
    ]
    for somebody, refusal in refused:
        with pytest.raises(refusal):
            clients.listed(actor=somebody)


@pytest.mark.parametrize("action", [action for action in Action if action not in FOR_PEOPLE])
def test_a_client_that_was_stopped_a_moment_ago_does_nothing_more(action: Action) -> None:
    made = service_clients.make(*Scope)
    actor = service_clients.principal(made)
    authorisation.require(action, actor=actor)
    clients.change(made.client.pk, {}, end_tokens=True, actor=System("test"), origin=NOWHERE)
    with pytest.raises(SessionRevoked):
        authorisation.require(action, actor=actor)
    service_clients.disable(made.client)
    with pytest.raises(ClientDisabled):
        authorisation.require(action, actor=actor)


def test_a_client_suspends_and_deletes_people_but_no_superuser(user: User) -> None:
    actor, root = service("users:admin"), make_superuser()
    with pytest.raises(PermissionDenied, match="superuser"):
        suspension.suspend(root.pk, reason="x", actor=actor, origin=NOWHERE)
    with pytest.raises(PermissionDenied, match="superuser"):
        deletion.request(root.pk, actor=actor, origin=NOWHERE)
    root.refresh_from_db()
    assert root.is_active
    assert root.deletion_requested_at is None
    assert not suspension.suspend(user.pk, reason="x", actor=actor, origin=NOWHERE).is_active
    deletion.request(user.pk, actor=actor, origin=NOWHERE)
    assert not User.objects.present().filter(pk=user.pk).exists()


def test_a_client_grants_no_permission_whatever_its_scopes() -> None:
    """Groups are handed out by what Django's permissions say, and a client has none of those."""
    actor = service(*Scope)
    authorisation.require_granting(set(), actor=actor)
    with pytest.raises(PermissionDenied):
        authorisation.require_granting({"accounts.view_user"}, actor=actor)
