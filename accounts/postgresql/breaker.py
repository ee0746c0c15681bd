"""Keeps a process from asking a database that hangs, but for one probe at a time."""

import os
import threading
from typing import Final

import structlog

from accounts import clock, metrics

PAUSE_SECONDS: Final = 0.5
"""From the last wait in vain to the next probe."""

LEASE_SECONDS: Final = 5.0
"""A probe whose end nobody has told by then is given up."""

log = structlog.get_logger("accounts.postgresql")


class Breaker:
    """Thread-safe. Closed, it lets everybody through; open, one thread after each pause, until one has an answer.

    Whoever was let through says how it went. An answer is also a refusal: then nobody has to wait for it.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """As in a new process."""
        self._lock = threading.Lock()
        self._prober: int | None = None
        self._probe_at = 0.0
        self.is_open = False

    def admit(self) -> bool:
        """Whether this thread may ask the database now."""
        if not self.is_open:
            return True
        with self._lock:
            now, caller = clock.now(), threading.get_ident()
            if not self.is_open or caller == self._prober:
                return True
            if now < self._probe_at:
                return False
            self._prober, self._probe_at = caller, now + LEASE_SECONDS
            return True

    def timed_out(self) -> None:
        """Open, and no probe before a pause: who has just waited in vain must not be the next to probe."""
        metrics.DATABASE_DEADLINES.inc()
        with self._lock:
            was_open, self.is_open = self.is_open, True
            self._prober, self._probe_at = None, clock.now() + PAUSE_SECONDS
        if not was_open:
            metrics.DATABASE_BREAKER_OPENINGS.inc()
            log.warning("database_hangs")

    def answered(self) -> None:
        """Close."""
        if not self.is_open:
            return
        with self._lock:
            was_open, self.is_open = self.is_open, False
            self._prober = None
        if was_open:
            log.info("database_answers_again")


process_breaker: Final = Breaker()
"""Of all ordinary connections of this process."""

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=process_breaker.reset)
