"""What workers do that see to the outbox, and may be killed in the middle of it. Each is a fork (`forking`)."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Final
from unittest.mock import patch

from django.core.management import call_command
from django.db import connection
from django.test import override_settings

from accounts.services import outbox, postman
from accounts.tests.support.databases import Database

PAUSE: Final = timedelta(seconds=0.5)


def deliver(*, database: str, port: int, dies_after: int = -1) -> None:
    """One round. SIGKILL comes after so many statements, 0 is before the first; without a number never."""
    left = dies_after

    def fuse(execute: Callable[..., Any], *arguments: Any) -> Any:
        nonlocal left
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1
        return execute(*arguments)

    with _between(database, port):
        with connection.execute_wrapper(fuse):
            outbox.deliver_due()
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def work(*, database: str, port: int) -> None:
    """`manage.py work`, with shorter pauses."""
    rounds = patch.multiple(postman, EVERY_SECONDS=0.1, LONGEST_PAUSE_SECONDS=0.5, STOP_SECONDS=1.0)
    tries = patch.multiple(outbox, FIRST_PAUSE=PAUSE, PAUSE_AFTER_AWAY=PAUSE)
    with _between(database, port), rounds, tries:
        call_command("work", interval=0.5)


@contextmanager
def _between(database: str, port: int) -> Iterator[None]:
    """The database and the mail server."""
    backend = "accounts.delivery.smtp.EmailBackend"
    sends = override_settings(EMAIL_BACKEND=backend, EMAIL_HOST="127.0.0.1", EMAIL_PORT=port)
    with Database(database, {}).orm(), sends:
        yield
