"""Who is in which groups."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.contrib.auth.models import Group

from accounts import audit
from accounts.errors import FieldError, InvalidInput
from accounts.models import EventType, NoticeType, Outcome, User
from accounts.notices import log
from accounts.principals import Origin, Principal
from accounts.services import authorisation, groups
from accounts.services.authorisation import Action
from accounts.services.transactions import transactional

NAMES_AT_ONCE: Final = 200
NAMES_TOLD: Final = 5


@dataclass(frozen=True, slots=True)
class Moves:
    """The names of groups."""

    joined: list[str]
    left: list[str]


@transactional
def assign(user_id: UUID, names: Collection[str], *, actor: Principal, origin: Origin) -> User:
    """The user, in exactly these groups.

    Raises PermissionDenied, NotFound, InvalidInput for names of no group, or too many.
    """
    user = authorisation.lock_for(Action.ASSIGN_GROUPS, user_id, actor=actor)
    chosen, present = _groups(names), _present(user)
    return _change(user, chosen - present, present - chosen, actor, origin)


@transactional
def add(user_id: UUID, names: Collection[str], *, actor: Principal, origin: Origin) -> User:
    """The user, in these groups, too. Raises as `assign`."""
    user = authorisation.lock_for(Action.ASSIGN_GROUPS, user_id, actor=actor)
    return _change(user, _groups(names) - _present(user), set(), actor, origin)


@transactional
def remove(user_id: UUID, names: Collection[str], *, actor: Principal, origin: Origin) -> User:
    """The user, in none of these groups. Raises as `assign`."""
    user = authorisation.lock_for(Action.ASSIGN_GROUPS, user_id, actor=actor)
    return _change(user, set(), _groups(names) & _present(user), actor, origin)


def assign_locked(user: User, names: Collection[str], *, actor: Principal) -> Moves | None:
    """Within a transaction that holds the user's row: what that changes, which is the caller's to tell; None: nothing.

    Raises as `assign`.
    """
    authorisation.require(Action.ASSIGN_GROUPS, actor=actor, target=user)
    chosen, present = _groups(names), _present(user)
    return _regroup(user, chosen - present, present - chosen, actor) if chosen != present else None


def _present(user: User) -> set[Group]:
    return set(user.groups.all())


def _groups(names: Collection[str]) -> set[Group]:
    """Held, in one order for everybody, against whoever is about to delete one of them."""
    asked = set(names)
    if len(asked) > NAMES_AT_ONCE:
        raise InvalidInput([FieldError("groups", "max_length", f"At most {NAMES_AT_ONCE} groups at once.")])
    if not all(map(groups.may_exist, asked)):
        raise InvalidInput([FieldError("groups", "does_not_exist", "Some of these can be no group's name.")])
    found = set(Group.objects.select_for_update(no_key=True).filter(name__in=asked).order_by("pk"))
    if unknown := sorted(asked - {group.name for group in found}):
        more = f", and {len(unknown) - NAMES_TOLD} more" if len(unknown) > NAMES_TOLD else ""
        detail = f"There is no such group: {', '.join(unknown[:NAMES_TOLD])}{more}."
        raise InvalidInput([FieldError("groups", "does_not_exist", detail)])
    return found


def _change(user: User, added: set[Group], removed: set[Group], actor: Principal, origin: Origin) -> User:
    if not added and not removed:
        return user
    moves = _regroup(user, added, removed, actor)
    User.objects.filter(pk=user.pk).record_change()
    user = User.objects.get(pk=user.pk)
    log.append(NoticeType.USER_UPDATED, user.pk, version=user.version)
    audit.record(
        EventType.USER_UPDATED,
        Outcome.SUCCESS,
        actor=actor,
        origin=origin,
        subject=user.pk,
        fields="groups",
        joined=moves.joined,
        left=moves.left,
    )
    return user


def _regroup(user: User, added: set[Group], removed: set[Group], actor: Principal) -> Moves:
    authorisation.require_granting(authorisation.permissions_of(added | removed), actor=actor)
    user.groups.add(*added)
    user.groups.remove(*removed)
    return Moves(joined=sorted(group.name for group in added), left=sorted(group.name for group in removed))
