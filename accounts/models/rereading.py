"""Asks of many instances at once whether their rows are as they were, without making instances anew."""

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F, Lookup
from django.db.models.sql.compiler import SQLCompiler

from accounts.models import statements

M = TypeVar("M", bound=models.Model)
Row = tuple[Any, ...]


class Among(Lookup):
    """`IN`, with all ids in one parameter: the statement has one text however many they are."""

    lookup_name = "among"
    prepare_rhs = False

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, list[Any]]:
        column, parameters = self.process_lhs(compiler, connection)
        of_type = self.lhs.output_field.db_type(connection)
        return f"{column} = ANY(%s::{of_type}[])", [*parameters, self.rhs]

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, list[Any]]:
        column, parameters = self.process_lhs(compiler, connection)
        return f"{column} IN (SELECT value FROM json_each(%s))", [*parameters, self.rhs]  # noqa: S608 - a column


def as_parameter(ids: Iterable[UUID | str], vendor: str) -> str:
    """For `Among`. Texts are to be such as need no quotes."""
    texts = [each.hex if isinstance(each, UUID) else each for each in ids]
    return "{" + ",".join(texts) + "}" if vendor == "postgresql" else json.dumps(texts)


class Kept(Protocol):
    """What remains of what was found: its id, and the row as the database gave it."""

    @property
    def pk(self) -> UUID: ...

    @property
    def row(self) -> Row: ...


class Rereading(Generic[M]):
    """Of what a `PreparedRead` has found by the QuerySet `whole`, whose annotation `moment` is the database's time."""

    def __init__(self, whole: Callable[[], models.QuerySet[M]], *, moment: str) -> None:
        self._whole, self._moment = whole, moment
        self._statement: _Statement | None = None

    def compare(self, found: Sequence[Kept], connection: BaseDatabaseWrapper) -> tuple[list[bool], datetime | None]:
        """Of each, whether the database gives its row once more to the letter; and its time, None if it has no rows."""
        statement = self._statement
        if statement is None or statement.vendor != connection.vendor:
            statement = self._statement = _Statement(self._whole(), self._moment, connection)
        rows = statement.rows([kept.pk for kept in found], connection)
        lasting = statement.lasting
        by_id = {row[0]: lasting(row) for row in rows}
        unchanged = [by_id.get(kept.row[0]) == lasting(kept.row) for kept in found]
        return unchanged, statement.moment(rows[0], connection) if rows else None


class _Statement:
    def __init__(self, whole: models.QuerySet[Any], moment: str, connection: BaseDatabaseWrapper) -> None:
        self.vendor = connection.vendor
        self._compiler = whole.filter(Among(F("pk"), self)).query.get_compiler(connection=connection)
        self._sql, parameters = self._compiler.as_sql()
        self._fixed = list(parameters)
        self._place = self._fixed.index(self)
        self._column = self._compiler.annotation_col_map[moment]
        self._converters = self._compiler.get_converters([self._compiler.select[self._column][0]])
        others = [column for column in range(len(self._compiler.select)) if column != self._column]
        self.lasting: Callable[[Row], Row] = itemgetter(*others)
        """All but the moment of the read."""

    def rows(self, ids: Iterable[UUID], connection: BaseDatabaseWrapper) -> list[Row]:
        parameters = self._fixed.copy()
        parameters[self._place] = as_parameter(ids, self.vendor)
        return statements.all_rows(self._sql, parameters, connection)

    def moment(self, row: Row, connection: BaseDatabaseWrapper) -> datetime:
        ((converted,),) = self._compiler.apply_converters([[row[self._column]]], self._converters)
        moment: datetime = converted
        return moment
