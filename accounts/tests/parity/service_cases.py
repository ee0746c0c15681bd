"""How service clients come by their codes; beside `cases`, to which these are added."""

from accounts.principals import Origin, System
from accounts.services.clients import clients
from accounts.tests.parity.cases import Stage, reaches
from accounts.tests.parity.doors import Door, Outcome
from accounts.tests.support import factories, service_clients


def disabled(*scopes: str) -> str:
    """The token of a client that was disabled since."""
    made = service_clients.make(*scopes)
    token = service_clients.token_of(made)
    service_clients.disable(made.client)
    return token


@reaches("client_disabled")
def a_token_of_a_disabled_service_is_verified(door: Door, stage: Stage) -> Outcome:
    return door.verify(token=disabled("users:read"))


@reaches("client_disabled")
def a_disabled_service_suspends(door: Door, stage: Stage) -> Outcome:
    return door.suspend(disabled("users:admin"), id=str(factories.make_user().pk), reason="case 4711")


@reaches("session_revoked")
def a_token_is_verified_after_its_service_was_narrowed(door: Door, stage: Stage) -> Outcome:
    made = service_clients.make("users:read", "users:admin")
    token = service_clients.token_of(made)
    clients.change(made.client.pk, {"scopes": ["users:read"]}, actor=System("test"), origin=Origin())
    return door.verify(token=token)


@reaches("insufficient_scope")
def a_service_suspends_without_the_scope(door: Door, stage: Stage) -> Outcome:
    token = service_clients.token_of(service_clients.make("users:read"))
    return door.suspend(token, id=str(factories.make_user().pk), reason="case 4711")


@reaches("insufficient_scope")
def a_service_deletes_with_a_token_that_asked_for_less(door: Door, stage: Stage) -> Outcome:
    token = service_clients.token_of(service_clients.make("users:admin", "users:read"), scope="users:read")
    return door.delete_user(token, id=str(factories.make_user().pk))


@reaches("permission_denied")
def a_service_asks_which_person_it_is(door: Door, stage: Stage) -> Outcome:
    return door.user(service_clients.token_of(service_clients.make("users:admin")))


@reaches("permission_denied")
def a_service_suspends_a_superuser(door: Door, stage: Stage) -> Outcome:
    root = factories.make_user(is_staff=True, is_superuser=True)
    token = service_clients.token_of(service_clients.make("users:admin"))
    return door.suspend(token, id=str(root.pk), reason="case 4711")
