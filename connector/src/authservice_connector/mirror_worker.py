"""Does the mirror's work in a thread of its own: what refuses is followed in another one, and never waits for it."""

import logging
import random
import threading
from collections.abc import Callable
from typing import Final

from django.db import close_old_connections, connections

from authservice_connector.errors import CannotTell

__all__ = ["MirrorWorker"]

REST_SECONDS: Final = 5.0
"""Without news: for what failed at a receiver, and for what another process left behind."""

RETRY_SECONDS: Final = 1.0
LONGEST_RETRY_SECONDS: Final = 15.0
"""Each failure in a row doubles the wait."""

JITTER: Final = 0.2

log = logging.getLogger("authservice_connector")


class MirrorWorker:
    """One a process. `wake` has it take a turn now, and starts it if need be; it takes others while it is at rest."""

    def __init__(self, turn: Callable[[], object], *, rest_seconds: float = REST_SECONDS) -> None:
        self._turn, self._rest_seconds = turn, rest_seconds
        self._thread: threading.Thread | None = None
        self._starting, self._due, self._stopping = threading.Lock(), threading.Event(), threading.Event()
        self._trouble, self._failures = "", 0

    def wake(self) -> None:
        """Waits for nothing."""
        self._due.set()
        with self._starting:
            if not self.is_running() and not self._stopping.is_set():
                self._thread = threading.Thread(target=self._run, name="authservice-mirror", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """For good, behind the turn that is under way."""
        self._stopping.set()
        self._due.set()

    def join(self, seconds: float) -> None:
        """Wait for so long at most until it has stopped."""
        if self._thread is not None:
            self._thread.join(seconds)

    def is_running(self) -> bool:
        """False before the first `wake`, too."""
        return self._thread is not None and self._thread.is_alive()

    def _run(self) -> None:
        try:
            while True:
                self._due.clear()
                if self._stopping.is_set():
                    return
                if self._try_a_turn():
                    self._due.wait(self._rest_seconds * random.uniform(1 - JITTER, 1))  # noqa: S311 - no secret
                else:
                    self._stopping.wait(min(RETRY_SECONDS * 2.0 ** (self._failures - 1), LONGEST_RETRY_SECONDS))
        finally:
            connections.close_all()

    def _try_a_turn(self) -> bool:
        """Whatever goes wrong, the thread goes on. No request begins or ends here, so nobody else sees to what is
        connected: CONN_MAX_AGE is kept around each turn.
        """
        close_old_connections()
        try:
            self._turn()
        except CannotTell as exc:
            return self._failed(str(exc))
        except Exception as exc:  # noqa: BLE001 - the service's own receivers; what they say may be personal
            return self._failed(type(exc).__name__)
        else:
            self._tell("")
            self._failures = 0
            return True
        finally:
            close_old_connections()

    def _failed(self, trouble: str) -> bool:
        self._tell(trouble)
        self._failures = min(self._failures + 1, 10)
        return False

    def _tell(self, trouble: str) -> None:
        """Once, not every second."""
        if trouble and not self._trouble:
            log.warning("The local users can't be kept in step: %s", trouble)
        elif self._trouble and not trouble:
            log.warning("The local users are kept in step again.")
        self._trouble = trouble
