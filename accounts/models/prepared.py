"""A QuerySet compiled once: for the one read that every verification makes, compiling costs more than asking."""

from collections.abc import Callable
from itertools import chain
from threading import local
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db import connection, models
from django.db.models.query import get_related_populators

M = TypeVar("M", bound=models.Model)


class PreparedRead(Generic[M]):
    """Finds at most one row by ids that take the places of `placeholders`, each an id that stands nowhere else.

    Per thread, because a compiler belongs to a connection. Related rows of `select_related` and annotations come along.
    """

    def __init__(self, build: Callable[..., models.QuerySet[M]], *placeholders: UUID) -> None:
        self._build, self._placeholders = build, placeholders
        self._local = local()

    def find(self, *values: UUID) -> M | None:
        statement = self._statement()
        with connection.cursor() as cursor:
            cursor.execute(statement.sql, statement.parameters(values))
            row = cursor.fetchone()
        return None if row is None else statement.instance(row)

    def _statement(self) -> "_Statement[M]":
        known: _Statement[M] | None = getattr(self._local, "statement", None)
        if known is None or known.vendor != connection.vendor:
            known = self._local.statement = _Statement(self._build(*self._placeholders), self._placeholders)
        return known


class _Statement(Generic[M]):
    """What Django's own iteration over a QuerySet works out each time, worked out once."""

    def __init__(self, queryset: models.QuerySet[M], placeholders: tuple[UUID, ...]) -> None:
        self.vendor = connection.vendor
        compiler = queryset.query.get_compiler(connection=connection)
        self.sql, parameters = compiler.as_sql()
        self._fixed = list(parameters)
        adapted = [models.UUIDField().get_db_prep_value(value, connection) for value in placeholders]
        self._places = [(self._fixed.index(value), position) for position, value in enumerate(adapted)]
        info: Any = compiler.klass_info
        columns = info["select_fields"]
        self._model, self._slice = info["model"], slice(columns[0], columns[-1] + 1)
        self._names = [selected[0].target.attname for selected in compiler.select[self._slice]]
        self._related = get_related_populators(info, compiler.select, queryset.db)  # type: ignore[call-arg]  # Django 6's
        self._annotations = list(compiler.annotation_col_map.items())
        self._compiler = compiler
        self._converters = compiler.get_converters(chain(selected[0] for selected in compiler.select))

    def parameters(self, values: tuple[UUID, ...]) -> list[Any]:
        parameters = self._fixed.copy()
        for place, position in self._places:
            parameters[place] = models.UUIDField().get_db_prep_value(values[position], connection)
        return parameters

    def instance(self, row: tuple[Any, ...]) -> M:
        (converted,) = self._compiler.apply_converters([row], self._converters)
        found: M = self._model.from_db(connection.alias, self._names, converted[self._slice])
        for related in self._related:
            related.populate(converted, found)
        for name, column in self._annotations:
            setattr(found, name, converted[column])
        return found
