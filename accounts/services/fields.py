"""Input that has come through no serializer: checked by the model's own fields, refused by name and code."""

import unicodedata
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError

from accounts.errors import FieldError, InvalidInput
from accounts.models import User


def checked(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values as `User`'s columns hold them. InvalidInput names every field that does not fit."""
    clean: dict[str, Any] = {}
    problems: list[FieldError] = []
    for name, value in values.items():
        if isinstance(value, str) and any(unicodedata.category(character) == "Cc" for character in value):
            problems.append(FieldError(name, "control_characters", "Control characters can't be part of this."))
            continue
        try:
            clean[name] = _column(name).clean(value, None)
        except ValidationError as exc:
            problems += [FieldError(name, e.code or "invalid", " ".join(e.messages)) for e in exc.error_list]
    if problems:
        raise InvalidInput(problems)
    return clean


def _column(name: str) -> Any:  # a field of whatever type
    return User._meta.get_field(name)  # noqa: SLF001 - Django's documented way to a field
