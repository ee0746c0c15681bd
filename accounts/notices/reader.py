"""Reads the end of the log over a connection of its own, which neither waits long nor for anybody."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from accounts.postgresql.base import DatabaseWrapper
from accounts.postgresql.breaker import Breaker

DEADLINE_SECONDS: Final = 0.5

SINCE: Final = "SELECT seq, id, type, subject FROM accounts_notice WHERE seq >= %s ORDER BY seq LIMIT %s"
LAST: Final = "SELECT seq, id FROM accounts_notice WHERE seq IS NOT NULL ORDER BY seq DESC LIMIT 1"


class Position(NamedTuple):
    """A place in one log: a number, and the id of the notice that bears it."""

    seq: int
    notice_id: object


START: Final = Position(0, None)
"""Before the first notice."""


class Entry(NamedTuple):
    """As much of a notice as memory has to know."""

    position: Position
    type: str
    subject: str


class Reader:
    """Not thread-safe: one read at a time, from whatever thread."""

    def __init__(self) -> None:
        self._connection: BaseDatabaseWrapper | None = None
        self._breaker = Breaker()

    def last(self) -> Position:
        """Where the log ends."""
        rows = self._rows(LAST, [])
        return _position(*rows[0]) if rows else START

    def since(self, seq: int, *, limit: int) -> list[Entry]:
        """In order, the notice with that number first if there is one."""
        return [Entry(_position(row[0], row[1]), *row[2:]) for row in self._rows(SINCE, [seq, limit])]

    def _rows(self, sql: str, parameters: list[int]) -> list[tuple[Any, ...]]:
        with self.connected() as connection, connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            rows: list[tuple[Any, ...]] = cursor.fetchall()
            return rows

    @contextmanager
    def connected(self) -> Iterator[BaseDatabaseWrapper]:
        """The connection, for a short read."""
        try:
            yield self._open()
        except BaseException:
            self.close()  # whatever went wrong: the next read begins with a connection that knows nothing of it
            raise

    def _open(self) -> BaseDatabaseWrapper:
        if self._connection is None:
            own = connections["default"].copy("notices")
            own.inc_thread_sharing()
            if isinstance(own, DatabaseWrapper):
                own.deadline_seconds, own.breaker = DEADLINE_SECONDS, self._breaker
            self._connection = own
        return self._connection

    def close(self) -> None:
        if (connection := self._connection) is not None:
            self._connection = None
            connection.close()


def _position(seq: int, notice_id: UUID | str) -> Position:
    """SQLite holds ids as text."""
    return Position(seq, notice_id if isinstance(notice_id, UUID) else UUID(notice_id))
