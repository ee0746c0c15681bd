"""Files of people with some bad lines among them, and processes that take them over."""

import json
import os
import re
import signal
import sys
import time
from collections.abc import Collection
from itertools import count
from pathlib import Path
from typing import Final
from unittest import mock
from uuid import UUID, uuid4

from django.core.management import CommandError, call_command

from accounts import audit
from accounts.principals import Principal
from accounts.services.importing.importing import BATCH
from accounts.tests.support.children import Child
from accounts.tests.support.databases import Database
from accounts.tests.support.environment import CHECKOUT

BAD: Final = {
    b"{not json": "not_json",
    b'{"email": "nobody"}': "email: invalid",
    b'{"email": "a@example.com", "admin": true}': "admin: unknown_field",
    b'{"email": "b@example.com", "password": "md5$salt$0123"}': "password: unknown_algorithm",
    b'{"email": "\xff@example.com"}': "not_utf8",
}
EVERY: Final = 100
"""One line of so many is bad."""

GOOD_IN_BATCH: Final = BATCH - BATCH // EVERY
DIGEST: Final = "kwRHEyOrv9MPNwR3BLVZGUYJcmW0gIW4PHmQEdYPxBg="


def write(file: Path, lines: int) -> list[str]:
    """What is to be told of its bad lines."""
    told, bad = [], list(BAD.items())
    with file.open("wb") as opened:
        for number in range(1, lines + 1):
            if number % EVERY:
                opened.write(json.dumps(_person(number)).encode() + b"\n")
            else:
                line, why = bad[number // EVERY % len(bad)]
                opened.write(line + b"\n")
                told.append(f"line {number}: {why}")
    return told


def _person(number: int) -> dict[str, object]:
    names = {"first_name": "Ada", "last_name": f"Number {number}", "phone_number": "+493012345678"}
    flags = {"is_active": number % 50 != 1, "email_verified": True, "date_joined": "2020-01-31T08:00:00Z"}
    return (
        {"email": f"Person{number}@Example.com", "password": f"pbkdf2_sha256$870000$s{number}${DIGEST}"} | names | flags
    )


def begin(database: Database, directory: Path, file: Path) -> Child:
    return _start(database, directory, "import_users", str(file))


def begin_measured(database: Database, directory: Path, file: Path) -> Child:
    """The last line of its log is what `read_measures` reads."""
    program = f"from accounts.tests.races import importing; importing.measure({str(file)!r})"
    return _start(database, directory, "shell", "--no-imports", "-c", program)


def begin_fatally(database: Database, directory: Path, file: Path, *, batch: int) -> Child:
    """SIGKILL comes in the middle of that transaction."""
    program = f"from accounts.tests.races import importing; importing.die_within({str(file)!r}, {batch})"
    return _start(database, directory, "shell", "--no-imports", "-c", program)


def _start(database: Database, directory: Path, *arguments: str) -> Child:
    return Child(
        [sys.executable, str(CHECKOUT / "manage.py"), *arguments],
        name="the import",
        log=directory / f"import-{uuid4().hex}.log",
        cwd=CHECKOUT,
        env=os.environ | dict(database.env) | {"LOG_LEVEL": "WARNING"},
    )


def die_within(file: str, batch: int) -> None:
    """What the process does: its people are written by then, and not yet what happened to them."""
    numbers, record = count(1), audit.record_imported

    def fuse(subjects: Collection[UUID], *, actor: Principal) -> None:
        if next(numbers) == batch:
            os.kill(os.getpid(), signal.SIGKILL)
        record(subjects, actor=actor)

    with mock.patch.object(audit, "record_imported", fuse):
        call_command("import_users", file)


def measure(file: str) -> None:
    """What the process does: memory and the processor's time, the start of the process included."""
    try:
        call_command("import_users", file)
    except CommandError as refusal:
        if refusal.returncode != 3:
            raise
    status = Path("/proc/self/status").read_text(encoding="ascii")
    (peak,) = re.findall(r"VmHWM:\s+(\d+) kB", status)
    sys.stdout.write(f"{peak} {time.process_time()}\n")


def read_measures(child: Child) -> tuple[int, float]:
    """The most memory that it ever had, in KiB, and seconds of a processor."""
    peak, seconds = child.log.read_text(encoding="utf-8").splitlines()[-1].split()
    return int(peak), float(seconds)
