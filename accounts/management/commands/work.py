"""`manage.py work`: the rounds that must be made by somebody. Any number may run."""

import signal
import threading
from types import FrameType
from typing import Any

import structlog
from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, InterfaceError, close_old_connections

from accounts.services import housekeeping

log = structlog.get_logger("accounts.work")


class Command(BaseCommand):
    help = "Removes what is over and ends sessions that were changed behind the services' back, until told to stop."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="make one round and stop")
        parser.add_argument("--interval", type=float, default=5.0, help="seconds between rounds (5)")

    def handle(self, *, once: bool, interval: float, **options: Any) -> None:
        stopping = threading.Event()

        def stop(signum: int, frame: FrameType | None) -> None:
            stopping.set()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        while True:
            self._round()
            if once or stopping.wait(interval):
                return

    @staticmethod
    def _round() -> None:
        """A database that is away must not end the worker: it comes back in the next round."""
        close_old_connections()
        try:
            reconciled, purged = housekeeping.reconcile(), housekeeping.purge()
        except (DatabaseError, InterfaceError) as exc:
            log.warning("round_failed", error=type(exc).__name__)
            return
        if reconciled or purged:
            log.info("round", reconciled_users=reconciled, purged_rows=purged)
