"""Makes the rounds of the outbox in a thread of its own, so that a mail server that hangs holds up no other duty."""

import threading
from typing import Final

import structlog
from django.db import close_old_connections, connections

from accounts.services import outbox

EVERY_SECONDS: Final = 1.0
LONGEST_PAUSE_SECONDS: Final = 30.0
STOP_SECONDS: Final = 5.0
"""What is under way then is broken off; it is sent again, with the same Message-ID."""

log = structlog.get_logger("accounts.work")


class Postman:
    """While the server is away, each round comes twice as late as the last, up to LONGEST_PAUSE_SECONDS."""

    def __init__(self) -> None:
        self._is_told_to_stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="postman", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """The mail under way is finished first, if it takes no longer than STOP_SECONDS."""
        self._is_told_to_stop.set()
        self._thread.join(STOP_SECONDS)

    def _run(self) -> None:
        pause = EVERY_SECONDS
        try:
            while not self._is_told_to_stop.wait(pause):
                pause = EVERY_SECONDS if self._round() else min(2 * pause, LONGEST_PAUSE_SECONDS)
        finally:
            connections.close_all()

    def _round(self) -> bool:
        """Whether the next one may come as soon."""
        close_old_connections()
        try:
            made = outbox.deliver(self._is_told_to_stop.is_set)
        except Exception as exc:  # noqa: BLE001 - whatever a round meets with, the next one is to be made
            log.warning("duty_failed", duty="deliver", error=type(exc).__name__)
            return False
        return not made.is_server_away
