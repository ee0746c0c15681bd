"""`manage.py authservice_follow`: a process of its own that keeps the local users in step."""

import signal
import time
from types import FrameType
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from authservice_connector.current import connection
from authservice_connector.mirror_worker import MirrorWorker

POLL_SECONDS: Final = 1.0
SLICE_SECONDS: Final = 0.1
PATIENCE_SECONDS: Final = 10.0
"""So long a turn that is under way may take to end. What it leaves is taken up by the next process."""


class Command(BaseCommand):
    help = 'Keeps the local users in step until told to stop. With AUTHSERVICE["MIRROR"] = "command" nobody else does.'

    def handle(self, **options: Any) -> None:
        if (mirroring := connection().mirroring) is None:
            raise CommandError("AUTHSERVICE needs CLIENT_ID and CLIENT_SECRET: a service client follows the log.")
        worker = MirrorWorker(mirroring.turn, rest_seconds=POLL_SECONDS)
        self._is_told_to_stop = False
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        connections.close_all()  # that of the system checks: this thread needs none
        worker.wake()
        while not self._is_told_to_stop:
            if not worker.is_running():
                raise CommandError("What keeps the local users in step has died; the log says of what.")
            time.sleep(SLICE_SECONDS)
        worker.stop()
        worker.join(PATIENCE_SECONDS)

    def _stop(self, signum: int, frame: FrameType | None) -> None:
        """No more than this: a lock taken in a handler could wait for itself."""
        self._is_told_to_stop = True
