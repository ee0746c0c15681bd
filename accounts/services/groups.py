"""Groups: made, renamed, deleted. Their names are codes that other services know."""

from typing import Final

from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction

from accounts import audit
from accounts.errors import FieldError, InvalidInput, NotFound
from accounts.models import EventType, NoticeType, Outcome
from accounts.notices import log
from accounts.principals import Origin, Principal
from accounts.services import authorisation
from accounts.services.authorisation import Action
from accounts.services.transactions import transactional

NAME_MAX_LENGTH: Final = 150


@transactional
def create(name: str, *, actor: Principal, origin: Origin) -> Group:
    """An empty one, so nobody has to hear of it. Raises PermissionDenied, InvalidInput for a name that does not fit."""
    authorisation.require(Action.CREATE_GROUP, actor=actor)
    _check_name(name)
    group, is_new = Group.objects.get_or_create(name=name)
    if not is_new:
        raise _taken()
    audit.record(EventType.GROUP_CREATED, Outcome.SUCCESS, actor=actor, origin=origin, group=group.pk, name=name)
    return group


@transactional
def rename(name: str, *, new_name: str, actor: Principal, origin: Origin) -> Group:
    """Raises PermissionDenied, NotFound, InvalidInput for a new name that does not fit or is another group's."""
    authorisation.require(Action.RENAME_GROUP, actor=actor)
    _check_name(new_name)
    group = _locked(name)
    if new_name == name:
        return group
    authorisation.require_changing_group(group, actor=actor)
    group.name = new_name
    try:
        with transaction.atomic():
            group.save(update_fields=["name"])
    except IntegrityError:
        raise _taken() from None
    _tell(EventType.GROUP_RENAMED, group, name, new_name, actor, origin)
    return group


@transactional
def delete(name: str, *, actor: Principal, origin: Origin) -> None:
    """Its members stay, without it. Raises PermissionDenied, NotFound."""
    authorisation.require(Action.DELETE_GROUP, actor=actor)
    group = _locked(name)
    authorisation.require_changing_group(group, actor=actor)
    _tell(EventType.GROUP_DELETED, group, name, None, actor, origin)
    group.delete()


def may_exist(name: str) -> bool:
    """Whether a database can be asked for it: not all that JSON can carry is text there."""
    return name.isprintable() and len(name) <= NAME_MAX_LENGTH


def _locked(name: str) -> Group:
    """Held against whoever is about to put somebody into it."""
    group = Group.objects.select_for_update().filter(name=name).first() if may_exist(name) else None
    if group is None:
        raise NotFound
    return group


def _tell(
    event_type: EventType, group: Group, name: str, new_name: str | None, actor: Principal, origin: Origin
) -> None:
    log.append(NoticeType.GROUP_CHANGED, str(group.pk), name=name, new_name=new_name)
    audit.record(event_type, Outcome.SUCCESS, actor=actor, origin=origin, group=group.pk, name=name, new_name=new_name)


def _check_name(name: str) -> None:
    if not name or name != name.strip() or not name.isprintable() or len(name) > NAME_MAX_LENGTH:
        detail = f"1 to {NAME_MAX_LENGTH} printable characters, without space at the ends."
        raise InvalidInput([FieldError("name", "invalid", detail)])


def _taken() -> InvalidInput:
    return InvalidInput([FieldError("name", "unique", "Another group has this name.")])
