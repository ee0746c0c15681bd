"""Processes that have appended to the log and don't come to an end."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from uuid import UUID, uuid4

from django.db import connection, transaction

from accounts.models import NoticeType
from accounts.notices import log
from accounts.services import revocation
from accounts.tests.support.children import Child
from accounts.tests.support.databases import Database
from accounts.tests.support.environment import CHECKOUT

HELD = NoticeType.KEYS_CHANGED
"""What such a process appends while it holds a user's row."""


class How(StrEnum):
    IDLE = "between two statements"
    BUSY = "within a statement"
    APPENDING = "appending without end, each time in a transaction of its own"


def hold(how: str, user_id: str) -> None:
    """What the process does."""
    while how == How.APPENDING:
        with transaction.atomic():
            log.append(NoticeType.USER_UPDATED, uuid4())
        _say_so()
        time.sleep(0.002)  # SQLite does not queue those who wait: without it one could keep all others out
    with transaction.atomic():
        revocation.lock_user(UUID(user_id))
        log.append(HELD, user_id)
        _say_so()
        if how == How.BUSY:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_sleep(60)")
        time.sleep(60)


def _say_so() -> None:
    sys.stdout.write("appended\n")
    sys.stdout.flush()


@contextmanager
def holder(database: Database, directory: Path, how: How, user_id: UUID) -> Iterator[Child]:
    """The process, once it has appended; killed at the end."""
    program = f"from accounts.tests.races import holding; holding.hold({str(how)!r}, {str(user_id)!r})"
    child = Child(
        [sys.executable, str(CHECKOUT / "manage.py"), "shell", "--no-imports", "-c", program],
        name=f"the process that is {how}",
        log=directory / f"holder-{uuid4().hex}.log",
        cwd=CHECKOUT,
        env=os.environ | dict(database.env),
    )
    try:
        child.wait_until(lambda: "appended" in child.log_tail(), seconds=30)
        yield child
    finally:
        child.kill()
