"""Each process has a follower of its own, however it began; one that follows alone keeps nothing open, and ends."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.issuing import Key, notice
from tests.over_http import served
from tests.service import Service

Start = Callable[..., "subprocess.Popen[str]"]

SECONDS = 20


@pytest.fixture
def service(key: Key) -> Service:
    return Service(key)


def python(*arguments: str, database: Path, url: str, mirror: str = "command") -> "subprocess.Popen[str]":
    told = {"TESTED_URL": url, "TESTED_DATABASE": str(database), "TESTED_MIRROR": mirror}
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=Path(__file__).parent.parent,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.process_settings", "PYTHONPATH": "src:."} | told,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("database") / "db.sqlite3"
    process = python("-m", "django", "migrate", "-v", "0", database=made, url="http://127.0.0.1:1")
    errors = process.communicate(timeout=SECONDS)[1]
    assert process.returncode == 0, errors
    return made


@pytest.fixture
def start(service: Service, migrated: Path, tmp_path: Path) -> Iterator[Start]:
    """Starts Python programs that have this auth service, and one database."""
    started: list[subprocess.Popen[str]] = []
    database = Path(shutil.copy(migrated, tmp_path))

    def run(*arguments: str, **changes: str) -> "subprocess.Popen[str]":
        started.append(python(*arguments, database=database, url=url, **changes))
        return started[-1]

    with served(service) as url:
        yield run
        for process in started:
            with suppress(ProcessLookupError):  # with the children that it has
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()


def read(process: "subprocess.Popen[str]", count: int) -> set[str]:
    assert process.stdout is not None
    lines = {process.stdout.readline().strip() for _ in range(count)}
    if "" in lines:
        raise AssertionError(f"{lines} {process.communicate()[1]}")
    return lines


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize("way", ["fork", "spawn"])
def test_a_child_follows_by_itself_and_its_parent_goes_on(service: Service, start: Start, way: str) -> None:
    token = service.token("svc_b", client_id="svc_b", sid="an epoch", groups=None)
    process = start("-m", "tests.calling", way, token)
    assert read(process, 2) == {"parent ready 1", "child ready 1"}
    began = time.monotonic()
    service.notices.append(notice("client.changed", "svc_b", sid="an epoch"))
    assert read(process, 2) == {"parent refused", "child refused"}
    assert time.monotonic() - began < 2
    assert read(process, 1) == {"child ended 0"}
    assert process.wait(SECONDS) == 0


def test_a_process_that_follows_alone_does_the_work_and_ends_when_told(service: Service, start: Start) -> None:
    service.delete(service.register()["id"])
    process = start("-m", "django", "authservice_follow")
    wait_until(lambda: service.acknowledged == ["0:1"])
    service.delete(service.register()["id"])
    wait_until(lambda: service.acknowledged == ["0:1", "0:2"])
    process.send_signal(signal.SIGTERM)
    assert process.wait(SECONDS) == 0, process.communicate()[1]


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="what is open is told by Linux")
def test_between_its_turns_no_connection_to_the_database_is_open(service: Service, start: Start) -> None:
    """CONN_MAX_AGE is 0 here: what a turn opened is closed behind it."""
    process = start("-m", "django", "authservice_follow")
    wait_until(lambda: service.count("GET /notices") > 2)
    openings = Path(f"/proc/{process.pid}/fd")
    wait_until(
        lambda: not any("db.sqlite3" in str(each.readlink()) for each in openings.iterdir() if each.is_symlink())
    )


def test_an_auth_service_that_is_away_does_not_end_it(service: Service, start: Start) -> None:
    service.is_down = True
    process = start("-m", "django", "authservice_follow")
    wait_until(lambda: len(service.calls) > 1)
    assert process.poll() is None
    service.is_down = False
    service.delete(service.register()["id"])
    wait_until(lambda: bool(service.acknowledged))


def test_a_web_process_keeps_the_mirror_too_unless_it_is_told_not_to(service: Service, start: Start) -> None:
    token = service.token("svc_b", client_id="svc_b", groups=None)
    service.delete(service.register()["id"])
    process = start("-m", "tests.calling", "spawn", token, mirror="process")
    assert read(process, 2) == {"parent ready 1", "child ready 1"}
    wait_until(lambda: bool(service.acknowledged))


def test_threads_that_mirror_people_at_once_wait_for_each_other(start: Start) -> None:
    """On SQLite as Django sets it up, where whoever has read may not wait in order to write."""
    process = start("-m", "tests.first_sights")
    assert process.communicate(timeout=SECONDS)[0] == "96 mirrored\n"


def test_without_credentials_there_is_nothing_to_follow_with(start: Start) -> None:
    code = "from tests import process_settings as p; p.AUTHSERVICE.pop('CLIENT_ID'); "
    code += "from django.core.management import execute_from_command_line as e; e(['', 'authservice_follow'])"
    process = start("-c", code)
    assert "CLIENT_ID" in process.communicate(timeout=SECONDS)[1]
    assert process.returncode == 1
