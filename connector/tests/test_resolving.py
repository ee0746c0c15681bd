"""A resolver that takes its time, and a name with many addresses, take no more of it than a call has."""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from authservice_connector import resolving
from authservice_connector.errors import CannotTell
from authservice_connector.resolving import KNOWN_SECONDS, LATE_SECONDS, Resolver, addresses_of
from authservice_connector.transport import Transport

from tests.issuing import Later
from tests.sockets import answering, certified, server

HERE, NOWHERE = "127.0.0.1", "192.0.2.1"

Answer = Callable[[], list[str]]


class Names:
    """Resolves `auth.test` to `addresses` when it is let, or fails with `trouble`; everything else is as ever."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.addresses, self.trouble = [HERE], 0
        self.asked_in: list[str] = []
        self.may_answer = threading.Event()
        self.may_answer.set()
        self._others = socket.getaddrinfo
        monkeypatch.setattr(socket, "getaddrinfo", self.getaddrinfo)
        monkeypatch.setattr(resolving, "_resolver", Resolver())

    def getaddrinfo(self, host: str, port: int, *rest: Any) -> list[Any]:
        self.asked_in.append(threading.current_thread().name)
        if host != "auth.test":
            return self._others(host, port, *rest)
        assert self.may_answer.wait(20)
        if self.trouble:
            raise socket.gaierror(self.trouble, "as a test has it")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in self.addresses]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    return Names(monkeypatch)


def found() -> list[str]:
    return [address[4][0] for address in addresses_of("auth.test", 80, seconds=0.2)]


@pytest.fixture
def dead(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Whoever connects to NOWHERE waits for as long as they have; for how long, each time."""
    connect, waited = socket.socket.connect, []

    def connected(self: socket.socket, address: Any) -> None:
        if address[0] != NOWHERE:
            return connect(self, address)
        waited.append(self.gettimeout() or 0.0)
        time.sleep(waited[-1])
        raise TimeoutError

    monkeypatch.setattr(socket.socket, "connect", connected)
    return waited


def test_a_name_is_looked_up_by_the_one_who_does_nothing_else(names: Names) -> None:
    assert found() == [HERE]
    assert names.asked_in == ["authservice-resolver"]


def test_an_address_is_not_looked_up(names: Names) -> None:
    assert addresses_of(HERE, 80, seconds=1)
    assert names.asked_in == [threading.current_thread().name]


def test_a_resolver_that_hangs_takes_a_call_no_longer_than_it_has(names: Names) -> None:
    names.may_answer.clear()
    began = time.monotonic()
    with pytest.raises(CannotTell):
        Transport("http://auth.test:1", seconds=0.4).get("/x")
    assert 0.3 < time.monotonic() - began < 1.0
    names.may_answer.set()


def test_however_many_wait_one_asks(names: Names) -> None:
    names.may_answer.clear()
    outcomes: list[type[OSError]] = []

    def wait() -> None:
        with pytest.raises(TimeoutError) as exc:
            found()
        outcomes.append(exc.type)

    for _ in range(3):
        threads = [threading.Thread(target=wait) for _ in range(10)]
        for thread in threads:
            thread.start()
        assert [thread.name for thread in threading.enumerate()].count("authservice-resolver") == 1
        for thread in threads:
            thread.join(5)
    assert outcomes == [TimeoutError] * 30
    assert len(names.asked_in) == 1
    names.may_answer.set()


def test_its_thread_ends_with_the_last_name_and_another_one_begins(names: Names) -> None:
    for _ in range(2):
        assert found() == [HERE]
        for _ in range(200):
            if "authservice-resolver" not in [thread.name for thread in threading.enumerate()]:
                break
            time.sleep(0.01)
        else:
            raise AssertionError("it goes on")


def test_while_the_resolver_is_late_the_addresses_of_before_serve(names: Names, later: Later) -> None:
    assert found() == [HERE]
    names.may_answer.clear()
    assert found() == [HERE]
    later(LATE_SECONDS)
    began = time.monotonic()
    assert found() == [HERE]
    assert time.monotonic() - began < 0.15  # that it is late is known by now
    later(KNOWN_SECONDS)
    with pytest.raises(TimeoutError):
        found()
    names.may_answer.set()


@pytest.mark.parametrize(("trouble", "serves"), [(socket.EAI_AGAIN, True), (socket.EAI_NONAME, False)])
def test_a_resolver_in_trouble_is_late_and_a_name_that_is_gone_is_gone(
    names: Names, trouble: int, serves: bool
) -> None:
    assert found() == [HERE]
    names.trouble = trouble
    if serves:
        assert found() == [HERE]
    else:
        with pytest.raises(socket.gaierror):
            found()


def test_a_name_that_moved_is_found_where_it_is(names: Names) -> None:
    assert found() == [HERE]
    names.addresses = [NOWHERE]
    assert found() == [NOWHERE]


@pytest.mark.parametrize("host", ["a" * 64 + ".test", "a..test"])
def test_what_is_no_name_is_no_answer(host: str) -> None:
    with pytest.raises(CannotTell):
        Transport(f"http://{host}:1", seconds=1).get("/x")


def test_addresses_that_are_all_dead_take_a_call_no_longer_than_it_has(names: Names, dead: list[float]) -> None:
    names.addresses = [NOWHERE] * 6
    began = time.monotonic()
    with pytest.raises(CannotTell):
        Transport("http://auth.test:1", seconds=1.0).get("/x")
    assert time.monotonic() - began < 1.5
    assert len(dead) > 3


def test_a_live_address_behind_dead_ones_is_reached(names: Names, dead: list[float]) -> None:
    names.addresses = [NOWHERE] * 3 + [HERE]
    with server(answering(b'{"a": 1}')) as url:
        assert Transport(url.replace(HERE, "auth.test")).get("/x").document == {"a": 1}
    assert len(dead) == 3


def test_one_dead_address_leaves_time_for_the_other(names: Names, dead: list[float]) -> None:
    names.addresses = [NOWHERE, HERE]
    with server(answering(b"{}")) as url:
        assert Transport(url.replace(HERE, "auth.test"), seconds=1.0).get("/x").status == 200
    assert dead[0] <= 0.5


@pytest.mark.parametrize(("host", "is_ours"), [("auth.test", True), ("other.test", False)])
def test_a_certificate_is_asked_for_by_name_whatever_the_address(
    names: Names, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: str, is_ours: bool
) -> None:
    with server(answering(b"{}"), certified(tmp_path, monkeypatch, host=host)) as url:
        transport = Transport(url.replace(HERE, "auth.test"), seconds=1.0)
        if is_ours:
            assert transport.get("/x").status == 200
        else:
            with pytest.raises(CannotTell):
                transport.get("/x")


def silent(connection: socket.socket) -> None:
    time.sleep(3)


def test_a_handshake_that_hangs_takes_a_call_no_longer_than_it_has(names: Names, dead: list[float]) -> None:
    names.addresses = [NOWHERE, HERE]
    with server(silent) as url:
        began = time.monotonic()
        with pytest.raises(CannotTell):
            Transport(url.replace(f"http://{HERE}", "https://auth.test"), seconds=1.0).get("/x")
        assert time.monotonic() - began < 1.5


FORKED = """
import os, socket, threading, time
from authservice_connector import resolving

resolve = socket.getaddrinfo
socket.getaddrinfo = lambda *_: time.sleep(60)
threading.Thread(target=resolving.addresses_of, args=("localhost", 80), kwargs={"seconds": 60}, daemon=True).start()
while "authservice-resolver" not in [thread.name for thread in threading.enumerate()]:
    time.sleep(0.01)
resolving._resolver._lock.acquire()
if child := os.fork():
    os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
socket.getaddrinfo = resolve
os._exit(0 if resolving.addresses_of("localhost", 80, seconds=5) else 1)
"""


def test_a_child_does_not_wait_for_what_its_parent_waits_for() -> None:
    """Neither for a thread that it has not, nor for a lock that nobody gives back."""
    root = Path(__file__).parent.parent
    told = os.environ | {"PYTHONPATH": "src"}
    done = subprocess.run([sys.executable, "-c", FORKED], cwd=root, env=told, timeout=20, check=False)
    assert done.returncode == 0
