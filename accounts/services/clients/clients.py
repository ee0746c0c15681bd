"""Makes, changes and removes service clients and their secrets; what ends tokens stands in the log of notices."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from django.db.models.functions import Now

from accounts import audit
from accounts.errors import NotFound, TooManySecrets
from accounts.models import ClientSecret, DeletionConsumer, EventType, Outcome, ServiceClient
from accounts.models.clients import MAX_LIVE_SECRETS, ServiceClientQuerySet
from accounts.principals import Origin, Principal
from accounts.services import authorisation
from accounts.services.authorisation import Action
from accounts.services.clients import client_secrets, epochs
from accounts.services.clients.locking import existing, lock_actor, lock_client
from accounts.services.transactions import transactional

CHANGEABLE: Final = frozenset({"name", "scopes", "holds_personal_data", "is_active"})


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A secret in clear, which is nowhere else from now on, and the row that knows it again."""

    client: ServiceClient
    row: ClientSecret
    secret: str = field(repr=False)


@transactional
def create(
    *, name: str, scopes: Collection[str] = (), holds_personal_data: bool = False, actor: Principal, origin: Origin
) -> NewSecret:
    """An active client and its first secret. Raises what `authorisation.require` and `…require_granting_scopes` do."""
    lock_actor(Action.CREATE_CLIENT, actor=actor)
    authorisation.require_granting_scopes(set(scopes), actor=actor)
    client = ServiceClient.objects.create(
        name=name, scopes=sorted(set(scopes)), holds_personal_data=holds_personal_data
    )
    _follow_deletions(client, actor)
    _record(EventType.CLIENT_CREATED, client, actor, origin)
    return _add_secret(client)


def listed(*, actor: Principal) -> ServiceClientQuerySet:
    """All clients, with their `live_secrets`. Raises as `authorisation.require`."""
    authorisation.require(Action.READ_CLIENTS, actor=actor)
    return ServiceClient.objects.with_live_secrets()


def get(client_id: str, *, actor: Principal) -> ServiceClient:
    """One of `listed`; NotFound."""
    return existing(listed(actor=actor).named(client_id).first())


@transactional
def change(
    client_id: str, changes: dict[str, Any], *, end_tokens: bool = False, actor: Principal, origin: Origin
) -> ServiceClient:
    """`changes` are of CHANGEABLE. Its tokens end if it is disabled or loses a scope, or where `end_tokens` says so.

    So they do when it is enabled again: who disabled it in SQL ended none. Raises NotFound; what
    `authorisation.require` and `…require_granting_scopes` raise.
    """
    client = lock_client(Action.CHANGE_CLIENT, client_id, actor=actor)
    before = {name: getattr(client, name) for name in CHANGEABLE}
    after = before | changes | {"scopes": sorted({*changes.get("scopes", client.scopes)})}
    changed = {name for name in CHANGEABLE if after[name] != before[name]}
    authorisation.require_granting_scopes({*after["scopes"]}, actor=actor)
    end_tokens |= "is_active" in changed or not {*before["scopes"]} <= {*after["scopes"]}
    for name in changed:
        setattr(client, name, after[name])
    if end_tokens:
        epochs.renew_locked(client)
    if changed or end_tokens:
        _follow_deletions(client, actor)  # before it is saved: its own token may be the actor's, and end
        client.save()
        _record(EventType.CLIENT_CHANGED, client, actor, origin, changed=changed, tokens_ended=end_tokens)
    return ServiceClient.objects.with_live_secrets().get(pk=client.pk)


@transactional
def remove(client_id: str, *, actor: Principal, origin: Origin) -> None:
    """Its tokens end, and no deletion waits for it any more. Raises as `change`."""
    client = lock_client(Action.DELETE_CLIENT, client_id, actor=actor)
    _record(EventType.CLIENT_DELETED, client, actor, origin, tokens_ended=True)  # as long as it has an id
    epochs.renew_locked(client)
    client.holds_personal_data = False
    _follow_deletions(client, actor)
    client.delete()


@transactional
def add_secret(client_id: str, *, actor: Principal, origin: Origin) -> NewSecret:
    """Raises TooManySecrets beside two live ones; else as `change`."""
    client = lock_client(Action.CHANGE_CLIENT, client_id, actor=actor)
    if ClientSecret.objects.live().filter(client=client).count() >= MAX_LIVE_SECRETS:
        raise TooManySecrets
    added = _add_secret(client)
    _record(EventType.CLIENT_SECRET_ADDED, client, actor, origin, secret=added.row.pk)
    return added


@transactional
def replace_secrets(client_id: str, *, actor: Principal, origin: Origin) -> NewSecret:
    """One new secret instead of all that there are, which may have leaked: its tokens end as well. As `change`."""
    client = lock_client(Action.CHANGE_CLIENT, client_id, actor=actor)
    ClientSecret.objects.filter(client=client).revoke()
    epochs.renew_locked(client)
    client.save()
    added = _add_secret(client)
    _record(EventType.CLIENT_SECRETS_REPLACED, client, actor, origin, secret=added.row.pk, tokens_ended=True)
    return added


@transactional
def revoke_secret(client_id: str, secret_id: UUID, *, actor: Principal, origin: Origin) -> None:
    """Nobody signs in with it any more; tokens that it brought go on until they expire, or `change` ends them.

    Raises NotFound also for one that is revoked already; else as `change`.
    """
    client = lock_client(Action.CHANGE_CLIENT, client_id, actor=actor)
    if not ClientSecret.objects.filter(pk=secret_id, client=client).revoke():
        raise NotFound("The client has no such live secret.")
    _record(EventType.CLIENT_SECRET_REVOKED, client, actor, origin, secret=secret_id)


def _follow_deletions(client: ServiceClient, actor: Principal) -> None:
    """Deletions wait for whoever holds personal data, from the next one on. Who decides that may also force them: a
    client that never acknowledges would hold them up, and one that is not awaited any more lets them through.
    """
    consumers = DeletionConsumer.objects.filter(pk=client.pk)
    if client.holds_personal_data == consumers.filter(retired_at__isnull=True).exists():
        return
    authorisation.require(Action.FORCE_DELETION, actor=actor)
    if client.holds_personal_data:
        DeletionConsumer.objects.get_or_create(pk=client.pk)
        consumers.update(retired_at=None)
    else:
        consumers.update(retired_at=Now())


def _add_secret(client: ServiceClient) -> NewSecret:
    secret = client_secrets.make()
    row = ClientSecret.objects.create(client=client, digest=client_secrets.digest(secret))
    return NewSecret(ServiceClient.objects.with_live_secrets().get(pk=client.pk), row, secret)


def _record(
    event: EventType,
    client: ServiceClient,
    actor: Principal,
    origin: Origin,
    *,
    secret: UUID | None = None,
    changed: Collection[str] = (),
    tokens_ended: bool = False,
) -> None:
    """With what the client is from now on, but for its name."""
    audit.record(
        event,
        Outcome.SUCCESS,
        actor=actor,
        origin=origin,
        client=client.pk,
        scopes=" ".join(client.scopes),
        holds_personal_data=client.holds_personal_data,
        is_active=client.is_active,
        secret=None if secret is None else str(secret),
        changed=" ".join(sorted(changed)),
        tokens_ended=tokens_ended,
    )
