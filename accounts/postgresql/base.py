"""The backend's entrance; Django demands this module's name and that of its class."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import Error, OperationalError
from django.db.backends.postgresql import base
from django.db.backends.postgresql.operations import DatabaseOperations
from django.db.backends.utils import CursorWrapper

from accounts import clock
from accounts.postgresql import deadlines, driver
from accounts.postgresql.breaker import Breaker, process_breaker
from accounts.postgresql.preparing import PreparingCursor


class Operations(DatabaseOperations):
    def last_executed_query(self, cursor: Any, sql: str, params: Any) -> str:
        """For `connection.queries`: psycopg doesn't say what a prepared statement was."""
        return super().last_executed_query(cursor, sql, params) or sql


class DatabaseWrapper(base.DatabaseWrapper):
    """Each thread has its own. `breaker` is for a copy that shall neither open nor heed the others'."""

    Database = driver
    ops_class = Operations
    breaker: Breaker
    health_check_enabled: bool
    health_check_done: bool
    _prepare_cursor: Callable[..., CursorWrapper]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.breaker = process_breaker
        self._deadline_seconds = deadlines.DEADLINE_SECONDS

    @property
    def deadline_seconds(self) -> float:
        """For connecting, and for any one statement; a new value holds at once. `math.inf` means none."""
        return self._deadline_seconds

    @deadline_seconds.setter
    def deadline_seconds(self, seconds: float) -> None:
        self._deadline_seconds = seconds
        if self.connection is not None:
            self.connection.deadline_seconds = seconds

    @contextmanager
    def hurried(self, seconds: float) -> Iterator[None]:
        """Meanwhile no wait lasts longer than this."""
        usual = self.deadline_seconds
        self.deadline_seconds = min(usual, seconds)
        try:
            yield
        finally:
            self.deadline_seconds = usual

    def get_new_connection(self, conn_params: dict[str, Any]) -> deadlines.Connection:
        self._ask_breaker()
        began = clock.now()
        try:
            with deadlines.connecting_within(self.deadline_seconds):
                connection: deadlines.Connection = super().get_new_connection(conn_params)
        except driver.OperationalError:
            self._judge_failure(seconds=clock.now() - began)
            raise
        self.breaker.answered()
        connection.breaker, connection.deadline_seconds = self.breaker, self.deadline_seconds
        return connection

    def preparing_cursor(self) -> CursorWrapper:
        """As `cursor()`, for statements that come again and again."""
        self.close_if_health_check_failed()
        self.ensure_connection()
        with self.wrap_database_errors:
            return self._prepare_cursor(PreparingCursor(self.connection))

    def find_prepared(self, statement: str, parameters: Sequence[Any]) -> tuple[Any, ...] | None:
        """The first of `select_prepared`."""
        return next(iter(self.select_prepared(statement, parameters)), None)

    def select_prepared(self, statement: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
        """The rows of a SELECT that locks nothing. On a kept connection that is yet to be checked it is the check as
        well: as short a wait, and once more on a new connection if this one has broken, or is late.
        """
        if not self._is_to_be_checked():
            return self._rows(statement, parameters)
        self._ask_breaker()
        self.health_check_done = True
        try:
            with self.hurried(deadlines.PATIENCE_SECONDS), self._blaming_nobody():
                rows = self._rows(statement, parameters)
        except Error:
            if self.is_usable():
                raise
            return self._rows_anew(statement, parameters)
        self.breaker.answered()
        return rows

    @contextmanager
    def _blaming_nobody(self) -> Iterator[None]:
        """What is asked meanwhile may wait for a table that is locked, as `SELECT 1` never does."""
        kept: deadlines.Connection = self.connection
        kept.blames_server = False
        try:
            yield
        finally:
            kept.blames_server = True

    def _rows_anew(self, statement: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Connecting waits for no lock, so now it is found out whether the server hangs."""
        self.close()
        with self.hurried(deadlines.PATIENCE_SECONDS):
            self.ensure_connection()
        return self._rows(statement, parameters)

    def _rows(self, statement: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
        with self.preparing_cursor() as cursor:
            cursor.execute(statement, parameters)
            rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows

    def _is_to_be_checked(self) -> bool:
        return self.connection is not None and self.health_check_enabled and not self.health_check_done

    def close_if_health_check_failed(self) -> None:
        if self._is_to_be_checked():
            self._ask_breaker()  # refused, the connection stays: it may be as good as before when the server is back
            super().close_if_health_check_failed()

    def is_usable(self) -> bool:
        with self.hurried(deadlines.PATIENCE_SECONDS):
            usable = bool(super().is_usable())
        if usable:
            self.breaker.answered()
        return usable

    def _judge_failure(self, *, seconds: float) -> None:
        """A server that refuses at once is down and holds nobody up; whoever takes long to fail hangs."""
        if seconds >= min(deadlines.PATIENCE_SECONDS, self.deadline_seconds):
            self.breaker.timed_out()
        else:
            self.breaker.answered()

    def _ask_breaker(self) -> None:
        if not self.breaker.admit():
            raise OperationalError("the database did not answer a moment ago, and is not asked again yet")
