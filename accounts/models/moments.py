"""The database's clock as a column's default."""

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.functions import Now
from django.db.models.sql.compiler import SQLCompiler


class Moment(Now):
    """`Now`, written on SQLite with as many digits as Django writes a time with.

    SQLite keeps times as text and has milliseconds: with fewer digits, a time sorts before the same time read and sent
    back, and a page that is to begin behind a row begins with it.
    """

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> tuple[str, Any]:
        template = "STRFTIME('%%%%Y-%%%%m-%%%%d %%%%H:%%%%M:%%%%f000', 'NOW')"
        return self.as_sql(compiler, connection, template=template, **context)
