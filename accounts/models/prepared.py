"""A QuerySet compiled once: for the one read that every verification makes, compiling costs more than asking."""

from collections.abc import Callable, Sequence
from threading import local
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

from django.db import connection, models

from accounts.models import statements
from accounts.models.instances import Maker

M = TypeVar("M", bound=models.Model)

ID: Final = models.UUIDField()
Row = tuple[Any, ...]


class PreparedRead(Generic[M]):
    """Finds rows by ids, or by text, that take the places of `placeholders`, each a value that stands nowhere else.

    Per thread, because a compiler belongs to a connection. Related rows of `select_related` and annotations come along.
    """

    def __init__(self, build: Callable[..., models.QuerySet[M]], *placeholders: UUID | str) -> None:
        self._build, self._placeholders = build, placeholders
        self._local = local()

    def find(self, *values: UUID | str) -> M | None:
        """At most one, with the row itself as `row`, as the database gave it."""
        statement = self._statement()
        row = statements.first_row(statement.sql, statement.parameters(values))
        return None if row is None else statement.instance(row)

    def made_of(self, row: Row) -> M:
        """Once more what was found as this row."""
        return self._statement().instance(row)

    def find_all(self, *values: UUID | str) -> list[M]:
        statement = self._statement()
        return [statement.instance(row) for row in statements.rows(statement.sql, statement.parameters(values))]

    def _statement(self) -> "_Statement[M]":
        known: _Statement[M] | None = getattr(self._local, "statement", None)
        if known is None or known.vendor != connection.vendor:
            known = self._local.statement = _Statement(self._build(*self._placeholders), self._placeholders)
        return known


class _Statement(Generic[M]):
    """What Django's own iteration over a QuerySet works out each time, worked out once."""

    def __init__(self, queryset: models.QuerySet[M], placeholders: tuple[UUID | str, ...]) -> None:
        self.vendor, self._database = connection.vendor, connection.alias
        compiler = queryset.query.get_compiler(connection=connection)
        self.sql, parameters = compiler.as_sql()
        self._fixed = list(parameters)
        adapted = [_adapted(value) for value in placeholders]
        self._places = [(self._fixed.index(value), position) for position, value in enumerate(adapted)]
        info: Any = compiler.klass_info
        self._part: _Part[M] = _Part(info, compiler.select)
        related_infos = info.get("related_klass_infos", ())
        self._related: list[tuple[Any, _Part[Any]]] = [(each, _Part(each, compiler.select)) for each in related_infos]
        self._annotations = list(compiler.annotation_col_map.items())
        self._compiler = compiler
        self._converters = compiler.get_converters(selected[0] for selected in compiler.select)

    def parameters(self, values: tuple[UUID | str, ...]) -> list[Any]:
        parameters = self._fixed.copy()
        for place, position in self._places:
            parameters[place] = _adapted(values[position])
        return parameters

    def instance(self, row: Row) -> M:
        (converted,) = self._compiler.apply_converters([row], self._converters)
        found = self._part.made_of(converted, self._database)
        for related, part in self._related:
            belonging = part.made_of(converted, self._database)
            related["local_setter"](found, belonging)
            related["remote_setter"](belonging, found)
        found.__dict__.update(((name, converted[column]) for name, column in self._annotations), row=row)
        return found


def _adapted(value: UUID | str) -> Any:
    return ID.get_db_prep_value(value, connection) if isinstance(value, UUID) else value


class _Part(Generic[M]):
    """The columns of one table, all of them, of a row that has one for certain: of an outer join it may have none."""

    def __init__(self, info: Any, select: Sequence[Any]) -> None:
        columns = info["select_fields"]
        self._slice = slice(columns[0], columns[-1] + 1)
        self._maker: Maker[M] = Maker(info["model"], [selected[0].target.attname for selected in select[self._slice]])

    def made_of(self, converted: Row, database: str) -> M:
        return self._maker.make(converted[self._slice], database=database)
