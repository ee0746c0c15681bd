"""Processes that make one round of the outbox, and may be killed in the middle of it."""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.db import connection

from accounts.services import outbox
from accounts.tests.support.children import Child
from accounts.tests.support.databases import Database
from accounts.tests.support.environment import CHECKOUT
from accounts.tests.support.mail_server import MailServer


def deliver(dies_after: int) -> None:
    """What the process does: SIGKILL comes after so many statements, 0 is before the first."""
    left = dies_after

    def fuse(execute: Callable[..., Any], *arguments: Any) -> Any:
        nonlocal left
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1
        return execute(*arguments)

    with connection.execute_wrapper(fuse):
        outbox.deliver_due()
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)


def start(database: Database, directory: Path, server: MailServer, *, dies_after: int = -1) -> Child:
    """One round; without a number it comes to its end."""
    program = f"from accounts.tests.races import delivering; delivering.deliver({dies_after})"
    return Child(
        [sys.executable, str(CHECKOUT / "manage.py"), "shell", "--no-imports", "-c", program],
        name="the process that delivers",
        log=directory / f"delivering-{uuid4().hex}.log",
        cwd=CHECKOUT,
        env=os.environ | dict(database.env) | server.env,
    )
