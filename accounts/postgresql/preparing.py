"""Statements that come again and again: the server takes them apart and plans them once a connection."""

from typing import Any, Final, Self

import psycopg
from psycopg.adapt import AdaptersMap
from psycopg.pq import Format

from accounts.postgresql.deadlines import Connection

AT_ONCE: Final = 0
DATES: Final = "timestamptz"


class PreparingCursor(psycopg.Cursor[tuple[Any, ...]]):
    """Nothing else on its connection is prepared: what psycopg remembers of a statement has our other cursors'
    parameters written into it, and password hashes are among them.
    """

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        if connection.quick_adapters is None:
            connection.quick_adapters = _with_quick_dates(connection.adapters)
        self._adapters = connection.quick_adapters

    def execute(self, query: Any, params: Any = None, **options: Any) -> Self:
        """Within a transaction, as ever: a stale plan would end it."""
        if not self.connection.autocommit:
            return super().execute(query, params, **options)
        self.connection.prepare_threshold = AT_ONCE
        try:
            return self._execute_prepared(query, params)
        finally:
            self.connection.prepare_threshold = None

    def _execute_prepared(self, query: Any, params: Any) -> Self:
        try:
            return super().execute(query, params)
        except (psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected):
            return super().execute(query, params)  # a transaction by itself, of which nothing is left: once more
        except (psycopg.errors.FeatureNotSupported, psycopg.errors.InvalidSqlStatementName):
            # “Cached plan must not change result type”: a migration has changed a column since. Or somebody in between,
            # such as a pooler, has made the server forget the plan. Either way nothing was executed.
            super().execute("DEALLOCATE ALL", prepare=False)
            return super().execute(query, params)


def _with_quick_dates(adapters: AdaptersMap) -> AdaptersMap:
    """Django reads dates in Python, to give them its own zone. psycopg, in C, gives them the connection's, which Django
    has set to the same.
    """
    quick = AdaptersMap(adapters)
    loader = psycopg.adapters.get_loader(psycopg.adapters.types[DATES].oid, Format.TEXT)
    if loader is not None:
        quick.register_loader(DATES, loader)
    return quick
