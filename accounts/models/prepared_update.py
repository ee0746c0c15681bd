"""An UPDATE compiled once: for the one that every refresh makes, compiling costs five times as much as running it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from threading import local
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.sql import UpdateQuery
from django.db.models.sql.compiler import SQLCompiler

from accounts.models import statements


class Place(models.Expression):
    """Stands in a QuerySet for a value yet to come, of the type of this field."""

    def __init__(self, name: str, field: Any) -> None:
        super().__init__(output_field=field)
        self.name = name

    def as_sql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any
    ) -> tuple[str, tuple[Any, ...]]:
        return "%s", (self,)

    def adapted(self, value: Any, connection: BaseDatabaseWrapper) -> Any:
        """As the database takes it; psycopg takes these types themselves."""
        if connection.vendor == "postgresql" and isinstance(value, datetime | UUID):
            return value
        return self.output_field.get_db_prep_value(value, connection)


class PreparedUpdate:
    """`queryset.update(**changes)`, of what `build` makes; both have `Place`s in them."""

    def __init__(self, build: Callable[[], tuple[models.QuerySet[Any], Mapping[str, Any]]]) -> None:
        self._build = build
        self._local = local()

    def run(self, **values: Any) -> int:
        """How many rows were changed. `values` go to the places of their names."""
        return statements.rows_changed(*self.filled(values))

    def filled(self, values: Mapping[str, Any]) -> tuple[str, list[Any]]:
        """The statement and its parameters."""
        connection = connections[DEFAULT_DB_ALIAS]
        sql, parameters = self._compiled(connection)
        return sql, [p.adapted(values[p.name], connection) if isinstance(p, Place) else p for p in parameters]

    def _compiled(self, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...]]:
        """Per thread, because a compiler belongs to a connection."""
        known: tuple[str, str, tuple[Any, ...]] | None = getattr(self._local, "compiled", None)
        if known is None or known[0] != connection.vendor:
            queryset, changes = self._build()
            query: Any = queryset.query.chain(UpdateQuery)
            query.add_update_values(changes)
            known = self._local.compiled = (connection.vendor, *query.get_compiler(connection=connection).as_sql())
        return known[1:]
