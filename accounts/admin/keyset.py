"""Pages of rows in the order of an index: each begins behind the last of the one before, and nothing is counted."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, QuerySet, Value
from django.http import HttpRequest

from accounts.admin import queries
from accounts.errors import FieldError, InvalidInput
from accounts.models.ordering import Follows

ROWS: Final = 50
CURSOR: Final = "behind"
SEPARATOR: Final = "~"
"""In no value but the last: that may be a name."""

M = TypeVar("M", bound=models.Model)


@dataclass(frozen=True, slots=True)
class Page(Generic[M]):
    """`first_url` leads back to the beginning, from wherever else."""

    rows: list[M]
    next_url: str | None
    first_url: str | None


NO_PAGE: Final[Page[Any]] = Page([], None, None)
"""Where nothing can be asked for."""


def read(request: HttpRequest, rows: QuerySet[M], *, beside: Collection[str] = ()) -> Page[M]:
    """The query string names the place; all columns of the order go the same way. InvalidInput for no place of ours,
    and for what neither we look at nor whoever knows of the names `beside`.
    """
    if flaws := queries.flaws(request.GET, {CURSOR, *beside}):
        raise InvalidInput(flaws)
    names = [str(name) for name in rows.query.order_by]
    columns = [name.removeprefix("-") for name in names]
    cursor = request.GET.get(CURSOR)
    if cursor is not None:
        place = _place(cursor, [_field(rows.model, column) for column in columns])
        rows = rows.filter(Follows([F(column) for column in columns], place, is_backward=names[0].startswith("-")))
    found = list(rows[: ROWS + 1])
    next_url = _url(request, _cursor(found[ROWS - 1], columns)) if len(found) > ROWS else None
    return Page(found[:ROWS], next_url, None if cursor is None else _url(request, None))


def _field(model: type[models.Model], column: str) -> "models.Field[Any, Any]":
    options = model._meta  # noqa: SLF001 - Django's own name for it
    return options.pk if column == "pk" else options.get_field(column)  # type: ignore[return-value]


def _place(cursor: str, fields: Sequence["models.Field[Any, Any]"]) -> list[Value]:
    """Each value is one that its column can have, so that no database meets with another."""
    texts = cursor.split(SEPARATOR, len(fields) - 1)
    try:
        values = [_value(text, field) for text, field in zip(texts, fields, strict=True)]
    except (ValidationError, ValueError, OverflowError):
        raise _foreign() from None
    return [Value(value, field) for field, value in zip(fields, values, strict=True)]


def _value(text: str, field: "models.Field[Any, Any]") -> Any:
    if not text.isprintable():  # no value has any such character, and PostgreSQL takes no NUL
        raise ValueError(text)
    value = field.clean(text, None)
    if not isinstance(value, datetime):
        return value
    if value.tzinfo is None:
        raise ValueError(text)
    return value.astimezone(UTC)


def _cursor(row: models.Model, columns: Sequence[str]) -> str:
    return SEPARATOR.join(str(getattr(row, column)) for column in columns)


def _url(request: HttpRequest, cursor: str | None) -> str:
    """This page's, with the same filters."""
    query = request.GET.copy()
    query.pop(CURSOR, None)
    if cursor is not None:
        query[CURSOR] = cursor
    return f"?{query.urlencode()}"


def _foreign() -> InvalidInput:
    return InvalidInput([FieldError(CURSOR, "invalid", "This is no place in this list; begin anew.")])
