"""Runs statements that come again and again; PostgreSQL plans them once a connection."""

from collections.abc import Sequence
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from accounts.postgresql.base import DatabaseWrapper


def first_row(statement: str, parameters: Sequence[Any]) -> tuple[Any, ...] | None:
    """Of a SELECT that waits for no lock."""
    connection = connections[DEFAULT_DB_ALIAS]
    if isinstance(connection, DatabaseWrapper):
        return connection.find_prepared(statement, parameters)
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        row: tuple[Any, ...] | None = cursor.fetchone()
    return row


def rows(statement: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Of a SELECT that waits for no lock."""
    connection = connections[DEFAULT_DB_ALIAS]
    if isinstance(connection, DatabaseWrapper):
        return connection.select_prepared(statement, parameters)
    return all_rows(statement, parameters, connection)


def all_rows(statement: str, parameters: Sequence[Any], connection: BaseDatabaseWrapper) -> list[tuple[Any, ...]]:
    """Of a SELECT, over that connection."""
    with _cursor(connection) as cursor:
        cursor.execute(statement, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def rows_changed(statement: str, parameters: Sequence[Any]) -> int:
    """By an UPDATE, which is a transaction of its own unless there is one."""
    with _cursor(connections[DEFAULT_DB_ALIAS]) as cursor:
        cursor.execute(statement, parameters)
        return int(cursor.rowcount)


def written_row(statement: str, parameters: Sequence[Any]) -> tuple[Any, ...] | None:
    """What an INSERT or UPDATE returns of the one row that it has written; a transaction as in `rows_changed`."""
    with _cursor(connections[DEFAULT_DB_ALIAS]) as cursor:
        cursor.execute(statement, parameters)
        row: tuple[Any, ...] | None = cursor.fetchone()
    return row


def _cursor(connection: BaseDatabaseWrapper) -> CursorWrapper:
    return connection.preparing_cursor() if isinstance(connection, DatabaseWrapper) else connection.cursor()
