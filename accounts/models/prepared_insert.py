"""An INSERT put together once: for the rows that every sign-in writes, that costs several times as much as writing."""

from collections.abc import Sequence
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper

from accounts.models import statements

M = TypeVar("M", bound=models.Model)


class PreparedInsert(Generic[M]):
    """Of rows of `model`. What the database fills in, such as a number or the time, is left to it and read back.

    Where there is a row with the same values in `unique` already, that one gets those in `renewed`.
    """

    def __init__(self, model: type[M], *, unique: Sequence[str] = (), renewed: Sequence[str] = ()) -> None:
        table: Any = model._meta  # noqa: SLF001 - Django's own name for it
        columns = table.concrete_fields
        self._written = [column for column in columns if not _is_filled_in(column)]
        self._left = [column for column in columns if _is_filled_in(column)]
        names, places = _listed(self._written), ", ".join(["%s"] * len(self._written))
        self._sql = f"INSERT INTO {table.db_table} ({names}) VALUES ({places})"  # noqa: S608 - names of columns
        if renewed:
            keys, news = ([table.get_field(name) for name in names] for names in (unique, renewed))
            self._sql += f" ON CONFLICT ({_listed(keys)}) DO UPDATE SET "
            self._sql += ", ".join(f"{new.column} = excluded.{new.column}" for new in news)
        if self._left:
            self._sql += f" RETURNING {_listed(self._left)}"

    def run(self, instance: M) -> M:
        """The same instance, with what the database filled in."""
        database = connections[DEFAULT_DB_ALIAS]  # looked up once: `connection` does it at each touch
        values = [column.get_db_prep_save(column.pre_save(instance, add=True), database) for column in self._written]
        if not self._left:
            statements.rows_changed(self._sql, values)
        elif row := statements.written_row(self._sql, values):
            for column, value in zip(self._left, row, strict=True):
                setattr(instance, column.attname, _converted(column, value, database))
        state = instance._state  # noqa: SLF001 - as a model's own `save` leaves it
        state.adding, state.db = False, database.alias
        return instance


def _is_filled_in(column: Any) -> bool:
    return bool(column.has_db_default() or isinstance(column, models.AutoField))


def _listed(columns: Sequence[Any]) -> str:
    return ", ".join(column.column for column in columns)


def _converted(column: Any, value: Any, database: BaseDatabaseWrapper) -> Any:
    """As Django would: SQLite keeps times as text."""
    expression = column.cached_col
    for convert in (*database.ops.get_db_converters(expression), *expression.get_db_converters(database)):
        value = convert(value, expression, database)
    return value
