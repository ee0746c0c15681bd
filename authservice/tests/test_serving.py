"""The launcher's parts, each by itself."""

import http.server
import multiprocessing
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.management import CommandError
from django.db import OperationalError

from accounts.tests.support.ports import free_port
from authservice.serving import health, leash, orphans, ports, preparing, server, supervisor, welcome
from authservice.serving.children import Child
from authservice.serving.rundir import RunDirectory, run_directory
from authservice.serving.supervisor import Supervisor

SLEEPER = [sys.executable, "-c", "import time; time.sleep(60)"]
STUBBORN = [sys.executable, "-c", "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"]
ORPHAN = """
import os, subprocess, sys, time
from authservice.serving import orphans
if not (stranger := os.fork()):
    os._exit(0)
own = subprocess.Popen([sys.executable, "-c", "raise SystemExit(3)"])
os.waitid(os.P_PID, own.pid, os.WEXITED | os.WNOWAIT)
orphans.reap({own.pid})
assert own.wait() == 3
orphans.reap(set())
try:
    os.waitpid(stranger, 0)
except ChildProcessError:
    sys.exit(0)
sys.exit("still there")
"""
STOPPED_EARLY = """
import os, runpy, signal, sys, types
class Importing(types.ModuleType):
    def __getattr__(self, name):
        if name == "launcher":
            os.kill(os.getpid(), signal.SIGTERM)
        raise AttributeError(name)
sys.modules["authservice.serving"] = Importing("authservice.serving")
runpy.run_module("authservice", run_name="__main__")
"""
SHORT = [sys.executable, "-c", "raise SystemExit(3)"]


class ScriptedSignals:
    """Stands in for the process's own: says what a test put there."""

    def __init__(self) -> None:
        self.coming: list[set[signal.Signals]] = []

    def wait(self, seconds: float) -> set[signal.Signals]:
        if self.coming:
            return self.coming.pop(0)
        time.sleep(min(seconds, 0.02))
        return set()


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[RunDirectory]:
    with run_directory(tmp_path) as made:
        yield made


@pytest.fixture
def signals() -> ScriptedSignals:
    return ScriptedSignals()


def _supervisor(
    signals: ScriptedSignals, directory: RunDirectory, *, server: list[str], worker: list[str]
) -> tuple[Supervisor, Child, Child]:
    children = Child("server", server), Child("worker", worker)
    made = Supervisor(*children, signals=signals, directory=directory, grace_seconds=0)  # type: ignore[arg-type]
    return made, *children


def test_free_port_is_no_obstacle() -> None:
    assert ports.find_obstacle("127.0.0.1", free_port()) is None


def test_port_in_use_is_one_sentence_with_the_next_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = ports.find_obstacle("127.0.0.1", port)
    assert said == f"Port {port} is in use; choose another: make run PORT={port + 1}"


def test_port_shared_by_its_owner_is_in_use_all_the_same() -> None:
    with socket.create_server(("127.0.0.1", 0), reuse_port=True) as shared:
        assert "is in use" in str(ports.find_obstacle("127.0.0.1", shared.getsockname()[1]))


def test_address_of_another_machine_is_an_obstacle() -> None:
    assert str(ports.find_obstacle("192.0.2.1", free_port())).startswith("It can't listen on 192.0.2.1")


def test_port_of_administrators_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", refuse)
    assert "administrators" in str(ports.find_obstacle("127.0.0.1", 80))


def test_run_directory_is_removed_at_the_end(tmp_path: Path) -> None:
    with run_directory(tmp_path) as made:
        assert made.metrics.is_dir()
        assert not made.stopping_file.exists()
    assert not made.path.exists()


def test_run_directory_of_a_killed_run_is_swept_and_that_of_a_live_one_kept(tmp_path: Path) -> None:
    left = tmp_path / "run" / "run-left"
    left.mkdir(parents=True)
    (left / "lock").touch()
    with run_directory(tmp_path) as live, run_directory(tmp_path) as second:
        assert not left.exists()
        assert live.metrics.is_dir()
        assert live.path != second.path


def test_worker_that_ends_is_started_again(signals: ScriptedSignals, directory: RunDirectory) -> None:
    minding, _, worker = _supervisor(signals, directory, server=SLEEPER, worker=SLEEPER)
    numbers: list[int] = []

    def watch() -> bool:
        assert worker._process is not None
        if worker._process.pid not in numbers:
            numbers.append(worker._process.pid)
            if len(numbers) == 1:
                os.kill(worker._process.pid, signal.SIGKILL)
            else:
                signals.coming.append({signal.SIGTERM})
        return False

    deadline = threading.Timer(20, lambda: signals.coming.append({signal.SIGTERM}))
    deadline.start()
    assert minding.run(is_ready=lambda: worker.is_running and watch(), welcome=lambda: None) == 0
    deadline.cancel()
    assert len(numbers) == 2


def test_end_of_the_server_ends_the_worker_too(signals: ScriptedSignals, directory: RunDirectory) -> None:
    minding, _, worker = _supervisor(signals, directory, server=SHORT, worker=SLEEPER)
    assert minding.run(is_ready=lambda: False, welcome=lambda: None) == 1
    assert not worker.is_running


def test_stop_says_first_that_it_is_not_ready(signals: ScriptedSignals, directory: RunDirectory) -> None:
    minding, server, worker = _supervisor(signals, directory, server=SLEEPER, worker=SLEEPER)
    welcomed: list[bool] = []

    def welcome() -> None:
        welcomed.append(True)
        signals.coming.append({signal.SIGTERM})

    assert minding.run(is_ready=lambda: True, welcome=welcome) == 0
    assert welcomed == [True]
    assert directory.stopping_file.exists()
    assert not server.is_running
    assert not worker.is_running


def test_child_that_does_not_stop_is_killed(
    signals: ScriptedSignals, directory: RunDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "KILL_SECONDS", 0.5)
    minding, server, _ = _supervisor(signals, directory, server=STUBBORN, worker=SLEEPER)
    began = time.monotonic()

    def is_settled() -> bool:
        return time.monotonic() - began > 1  # the child has set its handler

    assert minding.run(is_ready=is_settled, welcome=lambda: signals.coming.append({signal.SIGTERM})) == 1
    assert not server.is_running


def test_second_interrupt_ends_the_waiting(signals: ScriptedSignals, directory: RunDirectory) -> None:
    minding, server, _ = _supervisor(signals, directory, server=STUBBORN, worker=SLEEPER)
    began = time.monotonic()

    def is_settled() -> bool:
        return time.monotonic() - began > 1

    stop_twice = [{signal.SIGINT}, {signal.SIGINT}]
    assert minding.run(is_ready=is_settled, welcome=lambda: signals.coming.extend(stop_twice)) == 1
    assert time.monotonic() - began < 10
    assert not server.is_running


def test_server_answers_when_it_says_anything() -> None:
    with http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        assert health.answers("127.0.0.1", server.server_port)
        thread.join(5)
    assert not health.answers("127.0.0.1", free_port())


def test_stop_that_comes_while_it_is_imported_is_a_stop() -> None:
    assert subprocess.run([sys.executable, "-c", STOPPED_EARLY], timeout=30, check=False).returncode == 0


def test_health_is_an_exit_code() -> None:
    command = [sys.executable, "-m", "authservice.serving.health"]
    with http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        environment = os.environ | {"PORT": str(server.server_port)}
        assert subprocess.run(command, env=environment, timeout=30, check=False).returncode == 0
        thread.join(5)
    assert subprocess.run(command, env=environment, timeout=30, check=False).returncode == 1


def test_orphans_are_reaped_and_children_left_to_who_waits_for_them() -> None:
    subprocess.run([sys.executable, "-c", ORPHAN], timeout=30, check=True)


def test_first_process_of_a_container_reaps(
    signals: ScriptedSignals, directory: RunDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    minding, server, worker = _supervisor(signals, directory, server=SLEEPER, worker=SLEEPER)
    kept: list[set[int | None]] = []
    monkeypatch.setattr(orphans, "come_here", lambda: True)
    monkeypatch.setattr(orphans, "reap", kept.append)
    seen: list[int | None] = []

    def is_ready() -> bool:
        seen.extend([server.pid, worker.pid])
        signals.coming.append({signal.SIGTERM})
        return True

    assert minding.run(is_ready=is_ready, welcome=lambda: None) == 0
    assert kept[0] == set(seen)
    assert None not in seen


def test_welcome_names_the_next_thing_to_try() -> None:
    text = welcome.text(url="http://localhost:8001", var_dir="var")
    for wanted in ("/api/docs", "/healthz", "jwks.json", "curl -s http://localhost:8001/auth/login"):
        assert wanted in text


@pytest.mark.parametrize("refusal", [CommandError("no"), OperationalError("no")])
def test_preparation_that_fails_says_why(
    refusal: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise refusal

    monkeypatch.setattr(preparing, "call_command", refuse)
    assert preparing.main([]) == 1
    assert capsys.readouterr().err.endswith("no\n")


def test_child_that_was_never_started_is_over() -> None:
    child = Child("none", SLEEPER)
    child.terminate()
    child.kill()
    assert child.code == 0


class Kernel:
    """Stands in for libc and for the signal that would end the test."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls: list[tuple[object, ...]] = []
        monkeypatch.setattr(leash, "_libc", SimpleNamespace(prctl=lambda *given: self.calls.append(given)))
        monkeypatch.setattr(os, "kill", lambda *given: self.calls.append(given))


def test_process_whose_parent_is_gone_already_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    kernel = Kernel(monkeypatch)
    leash.follow(os.getppid())
    assert kernel.calls == [(leash.PR_SET_PDEATHSIG, signal.SIGTERM)]
    leash.follow(os.getppid() + 1)
    assert kernel.calls[-1] == (os.getpid(), signal.SIGTERM)


def test_other_systems_have_no_leash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leash, "_libc", None)
    leash.follow(1)


def test_server_process_follows_its_parent(monkeypatch: pytest.MonkeyPatch) -> None:
    kernel = Kernel(monkeypatch)
    assert server.load("authservice.serving.welcome:text") is welcome.text
    assert kernel.calls == []
    monkeypatch.setattr(multiprocessing, "parent_process", lambda: SimpleNamespace(pid=os.getppid()))
    server.load("authservice.serving.welcome:text")
    assert len(kernel.calls) == 1


@pytest.mark.parametrize(
    ("limits", "raised_to"),
    [((1024, 5000), (5000, 5000)), ((1024, 90_000), (11_000, 90_000)), ((20_000, 90_000), None)],
)
def test_as_many_files_may_be_open_as_connections_are_taken(
    limits: tuple[int, int], raised_to: tuple[int, int] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    raised: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: limits)
    monkeypatch.setattr(resource, "setrlimit", lambda _, wanted: raised.append(wanted))
    server._allow_open_files(11_000)
    assert raised == ([raised_to] if raised_to else [])
