"""Asks policy on behalf of whoever calls a service; who they are is read anew, not taken from their token."""

from collections.abc import Collection, Set
from typing import assert_never
from uuid import UUID

from django.contrib.auth.models import Group, Permission
from django.db.models import Q, QuerySet

from accounts import audit, policy
from accounts.errors import InsufficientScope, NotAuthenticated, NotFound, PermissionDenied
from accounts.models import EventType, Outcome, User
from accounts.policy import Action
from accounts.principals import ClientPrincipal, Nobody, Principal, System, UserPrincipal
from accounts.services import confirmation, revocation
from accounts.tokens import standing

__all__ = [
    "Action",
    "lock_for",
    "permissions_of",
    "permitted",
    "require",
    "require_changing",
    "require_changing_group",
    "require_granting",
    "require_granting_scopes",
    "require_letting_in",
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
            _refuse_for(policy.objection(action, _facts(caller), _target(target, caller)), actor, action)
        case ClientPrincipal(client_id=client_id, epoch=epoch, scopes=scopes):
            standing.recall_client(client_id=client_id, epoch=epoch)
            if (missing := policy.scope_missing(action, scopes)) is not None:
                _tell(actor, action, InsufficientScope.code)
                raise InsufficientScope(missing)
            _refuse_for(policy.objection_to_client(action, _target(target, None)), actor, action)
        case _:
            assert_never(actor)


def permitted(user: User) -> frozenset[Action]:
    """What somebody may do at all: for pages, which offer no more. What they then do is asked about once more."""
    facts = _facts(user)
    return frozenset(action for action in Action if policy.objection(action, facts) is None)


def require_granting(permissions: Set[str], *, actor: Principal) -> None:
    """Raises PermissionDenied where the actor would give or take what they do not have."""
    if not isinstance(actor, System):
        _refuse_for(policy.objection_to_granting(_facts_of(actor), permissions), actor, "granting")


def require_changing(fields: Set[str], user: User, *, actor: Principal) -> None:
    """Raises PermissionDenied where the actor may not change these of a user, who is as they are to be but for them."""
    if isinstance(actor, System) or not fields:
        return
    facts = _facts_of(actor)
    is_actor = isinstance(actor, UserPrincipal) and actor.user_id == user.pk
    target = policy.Target(is_actor=is_actor, is_superuser=user.is_superuser)
    powers = _powers_of(user) if user.is_staff or "is_staff" in fields else frozenset[str]()
    _refuse_for(policy.objection_to_changing(facts, fields, target, powers), actor, "changing")


def require_letting_in(user: User, *, actor: Principal) -> None:
    """Raises PermissionDenied where the actor would let in again, or for longer, a member of staff who may do what they
    may not: that gives those powers as much as the rank does.
    """
    if user.is_staff:
        require_changing({"is_staff"}, user, actor=actor)


def require_changing_group(group: Group, *, actor: Principal) -> None:
    """Raises PermissionDenied where the group is the actor's own, or permits what they may not do."""
    if isinstance(actor, System):
        return
    is_member = isinstance(actor, UserPrincipal) and group.user_set.filter(pk=actor.user_id).exists()
    objection = policy.objection_to_changing_group(_facts_of(actor), permissions_of([group]), is_member=is_member)
    _refuse_for(objection, actor, "changing_group")


def require_granting_scopes(scopes: Set[str], *, actor: Principal) -> None:
    """Raises PermissionDenied where the actor would get hold of a client that may do what they may not."""
    if isinstance(actor, ClientPrincipal):
        _refuse_for(policy.objection_to_handing_on(actor.scopes, scopes), actor, "granting_scopes")
    elif not isinstance(actor, System):
        _refuse_for(policy.objection_to_granting_scopes(_facts_of(actor), scopes), actor, "granting_scopes")


def permissions_of(groups: Collection[Group]) -> set[str]:
    """What they permit, as Django names it."""
    return _names_of(Permission.objects.filter(group__in=groups))


def lock_for(action: Action, user_id: UUID, *, actor: Principal) -> User:
    """The user, whose row is held until the transaction ends, as the actor's is: of two who stop each other, one is too
    late. Raises as `require`, and NotFound, also for whoever is being deleted.
    """
    revocation.lock_users(user_id, actor=actor)
    user = User.objects.present().filter(pk=user_id).first()
    require(action, actor=actor, target=user)
    if user is None:
        raise NotFound
    return user


def _powers_of(user: User) -> set[str]:
    """Also of whoever is suspended just now, of whom Django says that they may nothing."""
    return _names_of(Permission.objects.filter(Q(user=user) | Q(group__user=user)))


def _names_of(permissions: QuerySet[Permission]) -> set[str]:
    found = permissions.values_list("content_type__app_label", "codename")
    return {f"{app_label}.{codename}" for app_label, codename in found}


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


def _refuse_for(objection: str | None, actor: Principal, wish: str) -> None:
    if objection is not None:
        _tell(actor, wish, PermissionDenied.code)
        raise PermissionDenied(objection)


def _tell(actor: Principal, wish: str, reason: str) -> None:
    """Without a row: whoever may not can try on and on."""
    audit.tell(EventType.PERMISSION_DENIED, Outcome.FAILURE, actor=actor, wish=str(wish), reason=reason)
