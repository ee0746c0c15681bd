"""`python -m authservice` as a real process: it starts, serves, drains, and leaves nobody behind."""

import http.client
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from accounts.tests.support.children import Child
from accounts.tests.support.databases import Databases
from accounts.tests.support.environment import CHECKOUT
from accounts.tests.support.http import JSONClient
from accounts.tests.support.ports import free_port

pytestmark = pytest.mark.processes

LOGIN = json.dumps({"email": "nobody@example.com", "password": "violet otters juggle maps"}).encode()
HEAD = (
    "POST /auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    f"Content-Length: {len(LOGIN)}\r\n\r\n"
).encode()


class Launched:
    """The launcher on a port of its own."""

    def __init__(self, variables: Mapping[str, str], directory: Path, arguments: list[str]) -> None:
        self.port = int(variables.get("PORT") or free_port())
        self.seen: set[int] = set()
        self.var = Path(variables["AUTHSERVICE_VAR"])
        self.child = Child(
            [sys.executable, "-m", "authservice", *arguments],
            name="launcher",
            log=directory / f"launcher-{self.port}-{len(list(directory.iterdir()))}.log",
            cwd=CHECKOUT,
            env=os.environ | dict(variables) | {"PORT": str(self.port)},
        )

    def wait_until_up(self) -> None:
        self.child.wait_until(lambda: self.status("/healthz") is not None, seconds=60)

    def status(self, path: str) -> int | None:
        try:
            with JSONClient(f"http://127.0.0.1:{self.port}", timeout_seconds=5) as client:
                response = client.get(path)
        except (OSError, http.client.HTTPException):
            return None
        if path == "/healthz":
            self.seen.add(response.json["process"])
        return response.status

    def half_a_login(self) -> socket.socket:
        """A sign-in whose body is still on its way."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        connection.sendall(HEAD + LOGIN[:10])
        time.sleep(0.3)  # until a thread of the server waits for the rest
        return connection

    def descendants(self) -> list[int]:
        return _descendants(self.child.pid)


def _descendants(parent: int) -> list[int]:
    """By /proc, which is there on Linux."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            stat = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(stat[1]) == parent and stat[0] != "Z":
            found += [int(entry.name), *_descendants(int(entry.name))]
    return found


def _wait_until_gone(pids: list[int], *, seconds: float = 15) -> list[int]:
    deadline = time.monotonic() + seconds
    while (left := [pid for pid in pids if Path(f"/proc/{pid}").exists()]) and time.monotonic() < deadline:
        time.sleep(0.05)
    return left


Launch = Callable[..., Launched]


@pytest.fixture
def launch(databases: Databases, tmp_path: Path) -> Iterator[Launch]:
    """Starts launchers on a migrated database of this test's own."""
    database = databases.create()
    started: list[Launched] = []

    def start(*arguments: str, **variables: str) -> Launched:
        variables = {"WEB_CONCURRENCY": "1"} | variables
        launched = Launched(dict(database.env) | variables, tmp_path, list(arguments))
        started.append(launched)
        return launched

    yield start
    for launched in started:
        launched.child.stop(seconds=40)
    databases.drop(database)


def test_it_serves_until_told_to_stop_and_leaves_nothing(launch: Launch) -> None:
    launched = launch(WEB_CONCURRENCY="2")
    launched.wait_until_up()
    launched.child.wait_until(lambda: len(launched.seen) == 2 or not launched.status("/healthz"), seconds=30)
    assert launched.status("/readyz") == 200
    assert len(list((launched.var / "run").glob("run-*"))) == 1
    began = launched.descendants()
    assert len(began) >= 4  # the server, its two processes, and the worker beside
    launched.child.send(signal.SIGTERM)
    assert launched.child.wait(seconds=40) == 0
    assert _wait_until_gone(began) == []
    assert not list((launched.var / "run").glob("run-*"))


def test_port_in_use_is_one_sentence(launch: Launch) -> None:
    with socket.create_server(("127.0.0.1", 0), reuse_port=True) as taken:
        port = taken.getsockname()[1]
        launched = launch("--host", "127.0.0.1", PORT=str(port))
        assert launched.child.wait(seconds=30) == 1
    assert launched.child.log_tail() == f"Port {port} is in use; choose another: make run PORT={port + 1}\n"


def test_wrong_setting_is_one_sentence(launch: Launch) -> None:
    launched = launch(LOG_LEVEL="LOUD")
    assert launched.child.wait(seconds=30) == 1
    assert launched.child.log_tail().startswith("authservice can't start: LOG_LEVEL is 'LOUD'")
    assert launched.child.log_tail().count("\n") == 1


def test_readiness_goes_first_and_work_in_flight_is_finished(launch: Launch) -> None:
    launched = launch(SHUTDOWN_GRACE="2")
    launched.wait_until_up()
    with launched.half_a_login() as connection:
        launched.child.send(signal.SIGTERM)
        time.sleep(0.5)
        assert launched.status("/readyz") == 503
        assert launched.status("/healthz") == 200
        time.sleep(2.5)
        assert launched.status("/healthz") is None
        connection.sendall(LOGIN[10:])
        answer = connection.recv(4096)
    assert answer.startswith(b"HTTP/1.1 401 ")
    assert launched.child.wait(seconds=40) == 0


def test_idle_connections_do_not_hold_up_the_stop(launch: Launch) -> None:
    launched = launch()
    launched.wait_until_up()
    with JSONClient(f"http://127.0.0.1:{launched.port}") as client:
        assert client.get("/healthz").status == 200
        began = time.monotonic()
        launched.child.send(signal.SIGTERM)
        assert launched.child.wait(seconds=40) == 0
    assert time.monotonic() - began < 10


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of their parent's death")
def test_nobody_outlives_a_killed_launcher(launch: Launch) -> None:
    launched = launch()
    launched.wait_until_up()
    children = launched.descendants()
    assert len(children) >= 3
    launched.child.send(signal.SIGKILL)
    assert _wait_until_gone(children) == []


def test_killed_server_process_is_replaced(launch: Launch) -> None:
    launched = launch()
    launched.wait_until_up()
    with JSONClient(f"http://127.0.0.1:{launched.port}") as client:
        process = client.get("/healthz").json["process"]
    os.kill(process, signal.SIGKILL)
    launched.child.wait_until(lambda: launched.status("/healthz") == 200, seconds=30)


def test_two_run_beside_each_other_from_one_checkout(launch: Launch) -> None:
    one, two = launch(), launch()
    one.wait_until_up()
    two.wait_until_up()
    assert len(list((one.var / "run").glob("run-*"))) == 2


@pytest.mark.sqlite
def test_embedded_mode_needs_nothing_and_says_what_to_try(launch: Launch, tmp_path: Path) -> None:
    var = tmp_path / "fresh"
    launched = launch(AUTHSERVICE_VAR=str(var), SECRET_KEY="")
    launched.wait_until_up()
    assert launched.status("/readyz") == 200
    launched.child.wait_until(lambda: "Ctrl-C stops it." in launched.child.log_tail(), seconds=10)
    assert f"http://localhost:{launched.port}/api/docs" in launched.child.log_tail()
    assert (var / "secret_key").stat().st_mode & 0o777 == 0o600


@pytest.mark.sqlite
def test_reloading_server_stops_with_its_launcher(launch: Launch) -> None:
    launched = launch("--reload", DEBUG="on")
    launched.wait_until_up()
    children = launched.descendants()
    launched.child.send(signal.SIGTERM)
    assert launched.child.wait(seconds=40) == 0
    assert _wait_until_gone(children) == []


def test_stop_during_the_preparation_is_a_stop(launch: Launch) -> None:
    launched = launch("--migrate")
    launched.child.wait_until(lambda: len(launched.descendants()) > 0, seconds=20)
    launched.child.send(signal.SIGTERM)
    assert launched.child.wait(seconds=20) == 0


@pytest.mark.postgresql
def test_several_that_migrate_at_once_wait_for_each_other(launch: Launch) -> None:
    one, two = launch("--migrate"), launch("--migrate")
    one.wait_until_up()
    two.wait_until_up()


@pytest.mark.postgresql
def test_deployment_logs_json_and_leaves_migrations_to_their_own_step(launch: Launch) -> None:
    launched = launch("--host", "127.0.0.1")
    launched.wait_until_up()
    launched.child.wait_until(lambda: '"serving"' in launched.child.log_tail(), seconds=10)
    for line in launched.child.log_tail().splitlines():
        json.loads(line)
