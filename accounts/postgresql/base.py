"""The backend's entrance; Django demands this module's name and that of its class."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import OperationalError
from django.db.backends.postgresql import base

from accounts import clock
from accounts.postgresql import deadlines, driver
from accounts.postgresql.breaker import Breaker, process_breaker


class DatabaseWrapper(base.DatabaseWrapper):
    """Each thread has its own. `breaker` is for a copy that shall neither open nor heed the others'."""

    Database = driver
    breaker: Breaker
    health_check_enabled: bool
    health_check_done: bool

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

    def close_if_health_check_failed(self) -> None:
        if self.connection is not None and self.health_check_enabled and not self.health_check_done:
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
