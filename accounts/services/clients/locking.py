"""Holds the row of whoever looks after clients, and of the client: whoever stops either of them meets them there."""

from accounts.errors import NotFound
from accounts.models import ServiceClient
from accounts.models.clients import ServiceClientQuerySet
from accounts.principals import ClientPrincipal, Principal, UserPrincipal
from accounts.services import authorisation, revocation
from accounts.services.authorisation import Action
from accounts.tokens import standing


def lock_actor(action: Action, *, actor: Principal) -> None:
    """Until the transaction ends, so that nobody leaves a secret behind who was stopped before it was there.

    Raises as `authorisation.require`.
    """
    _lock(action, ServiceClient.objects.none(), actor)


def lock_client(action: Action, client_id: str, *, actor: Principal) -> ServiceClient:
    """The client, held as its actor is. Raises as `lock_actor`, NotFound, and as `…require_granting_scopes`."""
    client = existing(_lock(action, ServiceClient.objects.named(client_id), actor).get(client_id))
    authorisation.require_granting_scopes(set(client.scopes), actor=actor)
    return client


def existing(client: ServiceClient | None) -> ServiceClient:
    if client is None:
        raise NotFound("There is no such client.")
    return client


def _lock(action: Action, clients: ServiceClientQuerySet, actor: Principal) -> dict[str, ServiceClient]:
    """A person's row before any client's, and clients in one order, so that no two wait for each other.

    Asked before, so that who may not learns nothing of who exists; and after, of what the rows and not memory say.
    """
    authorisation.require(action, actor=actor)
    if isinstance(actor, UserPrincipal):
        revocation.lock_user(actor.user_id)
    if isinstance(actor, ClientPrincipal):
        clients |= ServiceClient.objects.named(actor.client_id)
    locked = {client.pk: client for client in clients.select_for_update(no_key=True).order_by("pk")}
    if isinstance(actor, UserPrincipal | ClientPrincipal):
        standing.read(actor)
        authorisation.require(action, actor=actor)
    return locked
