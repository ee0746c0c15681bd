"""A long import: killed in the middle and begun anew it ends as if nothing had been, in memory that does not grow."""

import json
import os
import re
import resource
import sys
from pathlib import Path
from typing import Final

import pytest

from accounts.models import AuditEvent, Suspension, User
from accounts.tests.support.children import Child
from accounts.tests.support.databases import Database
from accounts.tests.support.environment import CHECKOUT

pytestmark = [pytest.mark.postgresql, pytest.mark.processes, pytest.mark.slow, pytest.mark.faults]

LINES: Final = 100_000
BAD: Final = {
    b"{not json": "not_json",
    b'{"email": "nobody"}': "email: invalid",
    b'{"email": "a@example.com", "admin": true}': "admin: unknown_field",
    b'{"email": "b@example.com", "password": "md5$salt$0123"}': "password: unknown_algorithm",
    b'{"email": "\xff@example.com"}': "not_utf8",
}
EVERY: Final = 100
"""One line of so many is bad."""

DIGEST: Final = "kwRHEyOrv9MPNwR3BLVZGUYJcmW0gIW4PHmQEdYPxBg="
FLAT_KIB: Final = 24 * 1024
CPU_SECONDS: Final = 60


def write(file: Path) -> list[str]:
    """What is to be told of its bad lines."""
    told, bad = [], list(BAD.items())
    with file.open("wb") as opened:
        for number in range(1, LINES + 1):
            if number % EVERY:
                opened.write(json.dumps(person(number)).encode() + b"\n")
            else:
                line, why = bad[number // EVERY % len(bad)]
                opened.write(line + b"\n")
                told.append(f"line {number}: {why}")
    return told


def person(number: int) -> dict[str, object]:
    names = {"first_name": "Ada", "last_name": f"Number {number}", "phone_number": "+493012345678"}
    flags = {"is_active": number % 50 != 1, "email_verified": True, "date_joined": "2020-01-31T08:00:00Z"}
    return (
        {"email": f"Person{number}@Example.com", "password": f"pbkdf2_sha256$870000$s{number}${DIGEST}"} | names | flags
    )


def begin(database: Database, directory: Path, file: Path) -> Child:
    return Child(
        [sys.executable, str(CHECKOUT / "manage.py"), "import_users", str(file)],
        name="the import",
        log=directory / "import.log",
        cwd=CHECKOUT,
        env=os.environ | dict(database.env) | {"LOG_LEVEL": "WARNING"},
    )


def resident_kib(child: Child) -> int:
    (found,) = re.findall(r"VmRSS:\s+(\d+)", Path(f"/proc/{child.pid}/status").read_text(encoding="ascii"))
    return int(found)


@pytest.mark.timeout(600)
@pytest.mark.usefixtures("unhurried")
def test_an_import_that_was_killed_goes_on_and_its_report_is_right(own_database: Database, tmp_path: Path) -> None:
    file = tmp_path / "people.jsonl"
    told, people = write(file), LINES - LINES // EVERY
    first = begin(own_database, tmp_path, file)
    first.wait_until(lambda: User.objects.count() > people // 10, seconds=200)
    early = resident_kib(first)
    first.wait_until(lambda: User.objects.count() > people // 2, seconds=300)
    assert resident_kib(first) - early < FLAT_KIB
    first.kill()
    first.log.unlink()
    done = User.objects.count()
    assert done < people
    assert begin(own_database, tmp_path, file).wait(seconds=300) == 3
    report = first.log.read_text(encoding="utf-8")
    assert re.findall(r"^line \d+: (?!\d).*(?<!refused)$", report, re.MULTILINE) == told
    assert f"{people - done:,} imported, {done:,} there already, {len(told):,} refused." in report
    assert User.objects.count() == people
    assert AuditEvent.objects.filter(type="user.imported").values("subject").distinct().count() == people
    assert Suspension.objects.count() == User.objects.filter(is_active=False).count() > 0
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert spent.ru_utime + spent.ru_stime < 2 * CPU_SECONDS  # the file was read twice, and written once
