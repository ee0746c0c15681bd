"""A long import: killed wherever it is and begun anew it ends as if nothing had been, in memory that does not grow."""

import re
import signal
import time
from functools import partial
from pathlib import Path
from typing import Final

import pytest

from accounts.models import AuditEvent, Suspension, User
from accounts.services.importing.importing import BATCH
from accounts.tests.races import importing
from accounts.tests.support.databases import Database
from accounts.tests.support.trials import Distributions

pytestmark = [pytest.mark.processes, pytest.mark.slow, pytest.mark.usefixtures("unhurried")]

DEATHS: Final = (0.2, 0.5, 0.8)
"""Killed when so many are there."""

FLAT_KIB: Final = 8 * 1024
START_SECONDS: Final = 10.0
SECONDS_A_LINE: Final = 60 / 100_000


@pytest.mark.trials(short=6, long=200)
def test_an_import_that_is_killed_and_begun_anew_takes_everybody_over_once(
    own_database: Database, tmp_path: Path, trials: int
) -> None:
    """As many batches as there are trials."""
    file, lines = tmp_path / "people.jsonl", trials * BATCH
    told = importing.write(file, lines)
    people = lines - len(told)
    for share in DEATHS:
        child = importing.begin(own_database, tmp_path, file)
        child.wait_until(partial(are_there, share * people), seconds=200)
        child.kill()
        done = User.objects.count()
        assert done < people
        assert done % importing.GOOD_IN_BATCH == 0
    last = importing.begin(own_database, tmp_path, file)
    assert last.wait(seconds=300) == 3
    report = last.log.read_text(encoding="utf-8")
    assert re.findall(r"^line \d+: (?!\d).*(?<!refused)$", report, re.MULTILINE) == told
    (counts,) = re.findall(r"^([\d,]+) imported, ([\d,]+) there already, ([\d,]+) refused\.$", report, re.MULTILINE)
    imported, present, refused = (int(count.replace(",", "")) for count in counts)
    assert imported + present == people
    assert 0 <= present - done <= importing.GOOD_IN_BATCH  # its last transaction may outlive whoever was killed
    assert refused == len(told)
    assert_everybody_is_there_once(people)


def are_there(people: float) -> bool:
    return User.objects.count() >= people


def assert_everybody_is_there_once(people: int) -> None:
    imported = AuditEvent.objects.filter(type="user.imported")
    assert User.objects.count() == imported.count() == imported.values("subject").distinct().count() == people
    assert Suspension.objects.count() == User.objects.filter(is_active=False).count() > 0


def test_of_a_batch_that_it_is_killed_in_nothing_is_left(own_database: Database, tmp_path: Path) -> None:
    file, batches = tmp_path / "people.jsonl", 3
    importing.write(file, batches * BATCH)
    assert importing.begin_fatally(own_database, tmp_path, file, batch=2).wait(seconds=60) == -signal.SIGKILL
    assert_everybody_is_there_once(importing.GOOD_IN_BATCH)
    assert importing.begin(own_database, tmp_path, file).wait(seconds=60) == 3
    assert_everybody_is_there_once(batches * importing.GOOD_IN_BATCH)


@pytest.mark.trials(short=1, long=20)
def test_ten_times_as_many_lines_take_no_more_memory_and_a_minute_is_enough_for_100_000(
    own_database: Database, tmp_path: Path, trials: int, distributions: Distributions
) -> None:
    peaks = []
    for lines in (trials * BATCH, 10 * trials * BATCH):
        file = tmp_path / f"{lines}.jsonl"
        importing.write(file, lines)
        began = time.monotonic()
        child = importing.begin_measured(own_database, tmp_path, file)
        assert child.wait(seconds=300) == 0, child.log_tail()
        distributions[f"{lines:,} lines"].append(time.monotonic() - began)
        peak, seconds = importing.read_measures(child)
        peaks.append(peak)
        assert seconds < START_SECONDS + lines * SECONDS_A_LINE
    few, many = peaks
    assert many - few < FLAT_KIB
