"""The orders in which people are listed, as the indexes have them, and places in such an order."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F, Func, Value
from django.db.models.sql.compiler import SQLCompiler


class Bytewise(Func):
    """Text in the order of its bytes, whatever the language of the database: in it a prefix is a range."""

    template = '%(expressions)s COLLATE "C"'
    output_field = models.CharField()

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> tuple[str, Any]:
        return self.as_sql(compiler, connection, template="%(expressions)s", **context)  # its text is ordered so


class Follows(Func):
    """Whether values come behind others, the first that differ counting.

    One comparison of rows, which an index over the values answers, however many have the first value in common.
    """

    output_field = models.BooleanField()
    conditional = True

    def __init__(
        self, values: Sequence[Any], place: Sequence[Any], *, is_backward: bool = False, is_inclusive: bool = False
    ) -> None:
        super().__init__(*values, *place)
        self._operator = ("<" if is_backward else ">") + ("=" if is_inclusive else "")

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, *_: Any, **__: Any) -> tuple[str, Any]:
        compiled = [compiler.compile(expression) for expression in self.get_source_expressions()]
        texts, half = [text for text, _ in compiled], len(compiled) // 2
        parameters = [each for _, given in compiled for each in given]
        return f"({', '.join(texts[:half])}) {self._operator} ({', '.join(texts[half:])})", parameters


def _no_value(text: str) -> str:
    if text:
        raise ValueError(text)
    return text


def _text(text: str) -> str:
    if not text.isprintable():  # no address has any, and PostgreSQL takes no NUL
        raise ValueError(text)
    return text


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError(text) from None


@dataclass(frozen=True, slots=True)
class Order:
    """By a value of the user's row, and then by their id; by that alone where `value` is None.

    `parse` reads the value as `str` has written it; ValueError for what it can't have written.
    """

    value: F | Func | None
    field: "models.Field[Any, Any]"
    parse: Callable[[str], Any]

    def behind(self, place: tuple[Any, UUID], *, user_id: str, is_backward: bool, is_inclusive: bool) -> Follows:
        """What comes behind a value and an id; `user_id` names the column that has the id."""
        value, pk = place
        values: list[F | Func | Value] = [F(user_id)]
        behind: list[F | Func | Value] = [Value(pk, models.UUIDField())]
        if self.value is not None:
            values.insert(0, self.value)
            behind.insert(0, Value(value, self.field))
        return Follows(values, behind, is_backward=is_backward, is_inclusive=is_inclusive)


BY_ID: Final = Order(None, models.CharField(), _no_value)
BY_JOINING: Final = Order(F("date_joined"), models.DateTimeField(), _moment)
BY_EMAIL: Final = Order(Bytewise("email"), models.CharField(), _text)
