"""Makes, fills and empties rows of whatever user model the service has: what that needs is read off its fields."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models

from authservice_connector.conf import connector_settings

__all__ = ["anonymise", "bring_back", "create", "fill", "is_as_created"]


def create(details: Mapping[str, Any], *, subject: str) -> tuple[Any, bool]:
    """A saved user that no password opens, who has no privileges; and as `fill` says."""
    user = get_user_model()()
    _name(user, subject)
    _, is_whole = _assign(user, details, subject)
    user.set_unusable_password()
    user.save()
    return user, is_whole


def fill(user: Any, details: Mapping[str, Any], *, subject: str) -> bool:
    """Bring the mapped fields up to date, and those alone. False if something is unique and somebody else's: a
    placeholder stands for it.
    """
    changed, is_whole = _assign(user, details, subject)
    if changed:
        user.save(update_fields=changed)
    return is_whole


def is_as_created(user: Any, *, subject: str) -> bool:
    """Whether it is a row of ours that goes by its placeholder: nobody else's, and nobody has made it theirs."""
    placeholder = _placeholder(_field(user, user.USERNAME_FIELD), subject)
    return user.get_username() == placeholder and not user.has_usable_password()


def anonymise(user: Any, *, subject: str) -> None:
    """Nothing of the person stays in the mapped fields, and the row can't be used to come in. No other field is
    written: somebody may be about to.
    """
    _name(user, subject)
    written = {user.USERNAME_FIELD, "password"}
    for name in connector_settings.profile:
        field = _field(user, name)
        if field is not None and name != user.USERNAME_FIELD:
            setattr(user, name, _empty(field, subject))
            written.add(name)
    user.set_unusable_password()
    if _field(user, "is_active") is not None:
        user.is_active = False
        written.add("is_active")
    user.save(update_fields=sorted(written))


def bring_back(user: Any, *, is_active: bool) -> None:
    """A row that was anonymised is a person's again."""
    if _field(user, "is_active") is not None:
        user.is_active = is_active
        user.save(update_fields=["is_active"])


def _name(user: Any, subject: str) -> None:
    """By the subject, which is unique and says nothing; as an address, if that is what the model signs in with."""
    field = _field(user, user.USERNAME_FIELD)
    setattr(user, user.USERNAME_FIELD, _placeholder(field, subject))


def _assign(user: Any, details: Mapping[str, Any], subject: str) -> tuple[list[str], bool]:
    """The names of the fields that differ now; whether each has its value."""
    changed, is_whole = [], True
    for name, member in connector_settings.profile.items():
        field, value = _field(user, name), details.get(member)
        if field is None or member not in details or not isinstance(value, str | int | bool | None):
            continue
        if value is not None and _is_taken(user, field, value):
            value, is_whole = _empty(field, subject), False
        elif value is None or not _fits(field, value):
            value = _instead(user, field, value, subject)
        if getattr(user, name) != value:
            setattr(user, name, value)
            changed.append(name)
    return changed, is_whole


def _instead(user: Any, field: "models.Field[Any, Any]", value: object, subject: str) -> object:
    """Of no value, and of one that does not fit: what stands here stays, unless it is to go, or may be another's."""
    if value is None and field.null:
        return None
    if value is not None and (field.unique or isinstance(field, models.EmailField)):
        return _empty(field, subject)
    return getattr(user, field.name)


def _fits(field: "models.Field[Any, Any]", value: object) -> bool:
    """Shorter columns than the auth service's do without; a wrong guess at truncating helps nobody."""
    if value == "":
        return True
    try:
        field.run_validators(field.to_python(value))
    except ValidationError:
        return False
    return True


def _is_taken(user: Any, field: "models.Field[Any, Any]", value: object) -> bool:
    """Somebody else's row has it: it is theirs, and stays so."""
    if not field.unique:
        return False
    lookup = f"{field.name}__iexact" if isinstance(value, str) else field.name
    return bool(type(user)._default_manager.exclude(pk=user.pk).filter(**{lookup: value}).exists())  # noqa: SLF001


def _empty(field: "models.Field[Any, Any]", subject: str) -> object:
    if field.unique:
        return None if field.null else _placeholder(field, subject)
    return field.get_default() if field.has_default() else ("" if field.empty_strings_allowed else None)


def _placeholder(field: "models.Field[Any, Any] | None", subject: str) -> str:
    if isinstance(field, models.EmailField):
        return f"{subject}@{urlsplit(connector_settings.issuer).hostname or 'auth'}.invalid"
    return subject


def _field(user: Any, name: str) -> "models.Field[Any, Any] | None":
    try:
        field = user._meta.get_field(name)  # noqa: SLF001 - Django's own name for it
    except FieldDoesNotExist:
        return None
    return field if isinstance(field, models.Field) else None
