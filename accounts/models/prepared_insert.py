"""An INSERT put together once: for the rows that every sign-in writes, that costs several times as much as writing."""

from collections.abc import Collection, Mapping, Sequence
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
        self.left = [column for column in columns if _is_filled_in(column)]
        names, places = _listed(self._written), ", ".join(["%s"] * len(self._written))
        self._head, self._foot = f"INSERT INTO {table.db_table} ({names})", ""
        if renewed:
            keys, news = ([table.get_field(name) for name in names] for names in (unique, renewed))
            self._foot += f" ON CONFLICT ({_listed(keys)}) DO UPDATE SET "
            self._foot += ", ".join(f"{new.column} = excluded.{new.column}" for new in news)
        if self.left:
            self._foot += f" RETURNING {_listed(self.left)}"
        self._sql = f"{self._head} VALUES ({places}){self._foot}"

    def run(self, instance: M) -> M:
        """The same instance, with what the database filled in."""
        database = connections[DEFAULT_DB_ALIAS]  # looked up once: `connection` does it at each touch
        values = self.values(instance, database)
        if not self.left:
            statements.rows_changed(self._sql, values)
            self.complete(instance, (), database)
        elif row := statements.written_row(self._sql, values):
            self.complete(instance, row, database)
        return instance

    def clause(self, source: str, borrowed: Mapping[str, str]) -> str:
        """The same as a part of a larger statement, a row for each of `source`. `borrowed` are columns, by attribute,
        whose values are not the instance's.
        """
        places = ", ".join(borrowed.get(column.attname, "%s") for column in self._written)
        return f"{self._head} SELECT {places} FROM {source}{self._foot}"  # noqa: S608 - names of columns

    def values(self, instance: M, database: BaseDatabaseWrapper, *, but: Collection[str] = ()) -> list[Any]:
        """As the database takes them, in the order of their places; `but` as the borrowed ones of `clause`."""
        columns = [column for column in self._written if column.attname not in but] if but else self._written
        return [column.get_db_prep_save(column.pre_save(instance, add=True), database) for column in columns]

    def complete(self, instance: M, row: Sequence[Any], database: BaseDatabaseWrapper) -> None:
        """With what the database filled into `left`, and as a model's own `save` leaves it."""
        for column, value in zip(self.left, row, strict=True):
            setattr(instance, column.attname, _converted(column, value, database))
        state = instance._state  # noqa: SLF001 - as a model's own `save` leaves it
        state.adding, state.db = False, database.alias


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
