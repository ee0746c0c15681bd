"""Asks policy on behalf of whoever calls a service; who they are is read anew, not taken from their token."""

from collections.abc import Collection, Set
from typing import assert_never
from uuid import UUID

from django.contrib.auth.models import Group, Permission

from accounts import policy
from accounts.errors import InsufficientScope, NotAuthenticated, NotFound, PermissionDenied
from accounts.models import User
from accounts.policy import Action
from accounts.principals import ClientPrincipal, Nobody, Principal, System, UserPrincipal
from accounts.services import confirmation, revocation
from accounts.tokens import standing

__all__ = [
    "Action",
    "lock_for",
    "permissions_of",
    "require",
    "require_changing_group",
    "require_granting",
    "require_granting_scopes",
]


def require(action: Action, *, actor: Principal, target: User | None = None) -> None:
    """Raises PermissionDenied with what would help, InsufficientScope to a client; NotAuthenticated, AccountSuspended,
    SessionRevoked or ClientDisabled for whoever is nobody, or no longer somebody.

    `target` None asks whether the actor may do this at all, so that somebody who may not learns nothing of who exists.
    """
    match actor:
        case System():
            return
        case Nobody():
            raise NotAuthenticated
        case UserPrincipal():
            caller = confirmation.get_present(actor)
            _refuse_for(policy.objection(action, _facts(caller), _target(target, caller)))
        case ClientPrincipal(client_id=client_id, epoch=epoch, scopes=scopes):
            standing.recall_client(client_id=client_id, epoch=epoch)
            if (missing := policy.scope_missing(action, scopes)) is not None:
                raise InsufficientScope(missing)
            _refuse_for(policy.objection_to_client(action, _target(target, None)))
        case _:
            assert_never(actor)


def require_granting(permissions: Set[str], *, actor: Principal) -> None:
    """Raises PermissionDenied where the actor would give or take what they do not have."""
    if not isinstance(actor, System):
        _refuse_for(policy.objection_to_granting(_facts_of(actor), permissions))


def require_changing_group(group: Group, *, actor: Principal) -> None:
    """Raises PermissionDenied where the group is the actor's own, or permits what they may not do."""
    if isinstance(actor, System):
        return
    is_member = isinstance(actor, UserPrincipal) and group.user_set.filter(pk=actor.user_id).exists()
    _refuse_for(policy.objection_to_changing_group(_facts_of(actor), permissions_of([group]), is_member=is_member))


def require_granting_scopes(scopes: Set[str], *, actor: Principal) -> None:
    """Raises PermissionDenied where the actor would get hold of a client that may do what they may not."""
    if isinstance(actor, ClientPrincipal):
        _refuse_for(policy.objection_to_handing_on(actor.scopes, scopes))
    elif not isinstance(actor, System):
        _refuse_for(policy.objection_to_granting_scopes(_facts_of(actor), scopes))


def permissions_of(groups: Collection[Group]) -> set[str]:
    """What they permit, as Django names it."""
    found = Permission.objects.filter(group__in=groups).values_list("content_type__app_label", "codename")
    return {f"{app_label}.{codename}" for app_label, codename in found}


def lock_for(action: Action, user_id: UUID, *, actor: Principal) -> User:
    """The user, whose row is held until the transaction ends. Raises as `require`, and NotFound, also for whoever is
    being deleted.
    """
    revocation.lock_user(user_id)
    user = User.objects.present().filter(pk=user_id).first()
    require(action, actor=actor, target=user)
    if user is None:
        raise NotFound
    return user


def _facts_of(actor: Nobody | UserPrincipal | ClientPrincipal) -> policy.Actor:
    """Of a service client: none of what Django's permissions say."""
    if isinstance(actor, UserPrincipal):
        return _facts(confirmation.get_present(actor))
    return policy.Actor(is_staff=False)


def _facts(caller: User) -> policy.Actor:
    if not caller.is_staff or caller.is_superuser:
        return policy.Actor(is_staff=caller.is_staff, is_superuser=caller.is_superuser)
    return policy.Actor(is_staff=True, permissions=caller.get_all_permissions())


def _target(target: User | None, caller: User | None) -> policy.Target | None:
    if target is None:
        return None
    return policy.Target(is_actor=caller is not None and target.pk == caller.pk, is_superuser=target.is_superuser)


def _refuse_for(objection: str | None) -> None:
    if objection is not None:
        raise PermissionDenied(objection)
