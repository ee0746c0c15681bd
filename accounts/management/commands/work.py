"""`manage.py work`: the rounds that must be made by somebody. Any number may run."""

import signal
import time
from collections.abc import Callable
from types import FrameType
from typing import Any, Final

import structlog
from django.core.management.base import BaseCommand, CommandParser
from django.db import close_old_connections

from accounts.services import expiry, housekeeping, outbox, reconciliation
from accounts.services.auditing import dropping, sealing
from accounts.services.auditing.watching import End
from accounts.services.deleting import beginning, erasure, overdue
from accounts.services.figures.keeping import Keeping
from accounts.services.following import retention
from accounts.services.postman import Postman
from accounts.services.reconciliation import SuspensionReconciliation
from accounts.services.session_reconciliation import SessionReconciliation
from accounts.services.signing_keys import key_lives, key_rotation, key_upkeep

SLICE_SECONDS: Final = 0.1

Duty = Callable[[], int]
"""What is done in a round; how much of it there was to do."""

log = structlog.get_logger("accounts.work")


class Command(BaseCommand):
    help = "Does what is due, and takes up what was changed behind the services' back, until told to stop."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="make one round and stop")
        parser.add_argument("--interval", type=float, default=5.0, help="seconds between rounds (5)")

    def handle(self, *, once: bool, interval: float, **options: Any) -> None:
        self._is_told_to_stop = False
        self._suspensions, self._sessions = SuspensionReconciliation(), SessionReconciliation()
        self._end, self._figures = End(), Keeping()
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        if once:
            self._round(outbox.deliver_due)
        else:
            self._go_on(interval)

    def _go_on(self, interval: float) -> None:
        postman = Postman()
        postman.start()
        while not self._is_told_to_stop:
            self._round()
            self._rest(interval)
        postman.stop()

    def _stop(self, signum: int, frame: FrameType | None) -> None:
        """The duty under way is finished first."""
        self._is_told_to_stop = True

    def _rest(self, seconds: float) -> None:
        """In slices, because Python resumes a sleep after a signal; a lock taken in a handler could wait for itself."""
        deadline = time.monotonic() + seconds
        while not self._is_told_to_stop and time.monotonic() < deadline:
            time.sleep(SLICE_SECONDS)

    def _duties(self) -> tuple[Duty, ...]:
        """First what somebody is waiting for, last the walk through everybody."""
        return (
            self._suspensions.reconcile_suspensions,
            self._sessions.reconcile_changed,
            reconciliation.lift_ended,
            expiry.suspend_expired,
            beginning.begin_delayed,
            erasure.advance_deletions,
            overdue.watch_overdue,
            key_lives.note_longer,
            key_rotation.rotate_due,
            key_upkeep.reencrypt,
            key_upkeep.remove_spent,
            housekeeping.purge,
            outbox.watch_waiting,
            retention.shorten_notices,
            sealing.seal_due,
            sealing.watch_unsealed,
            self._end.watch_end,
            dropping.drop_old,
            self._figures.keep_figures,
            self._sessions.reconcile_sessions,
        )

    def _round(self, *more: Duty) -> None:
        """A database that is away must not end the worker, nor one duty keep the next from being done."""
        for duty in (*self._duties(), *more):
            if self._is_told_to_stop:
                return
            close_old_connections()
            try:
                if done := duty():
                    log.info(duty.__name__, done=done)
            except Exception as exc:  # noqa: BLE001 - whatever one duty meets with, the others are waited for
                log.warning("duty_failed", duty=duty.__name__, error=type(exc).__name__)
