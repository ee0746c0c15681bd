"""The mirror's work is done beside what refuses, never before it: whatever hangs or fails there, refusals are fresh."""

import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from authservice_connector import current, mirror_worker
from authservice_connector import follower as follower_room
from authservice_connector.errors import CannotTell
from authservice_connector.mirror_worker import MirrorWorker
from authservice_connector.mirroring import Mirroring

from tests.service import Service


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.005)


class Turns:
    """Counts; raises what is in `trouble`, one a turn."""

    def __init__(self, *trouble: Exception) -> None:
        self.count, self.trouble = 0, list(trouble)
        self.threads: set[int] = set()

    def has_taken(self, number: int) -> bool:
        return self.count == number

    def __call__(self) -> None:
        self.count += 1
        self.threads.add(threading.get_ident())
        if self.trouble:
            raise self.trouble.pop()


@pytest.fixture
def made() -> Iterator[list[MirrorWorker]]:
    """To be stopped in the end."""
    workers: list[MirrorWorker] = []
    yield workers
    for worker in workers:
        worker.stop()
        worker.join(5)
        assert not worker.is_running()


def test_a_turn_is_taken_at_each_news_and_one_thread_takes_them(made: list[MirrorWorker]) -> None:
    turns = Turns()
    worker = MirrorWorker(turns, rest_seconds=60)
    made.append(worker)
    for number in range(1, 4):
        worker.wake()
        wait_until(partial(turns.has_taken, number))
    assert len(turns.threads) == 1


def test_news_during_a_turn_is_good_for_another_one(made: list[MirrorWorker]) -> None:
    began, may_end, count = threading.Event(), threading.Event(), []

    def turn() -> None:
        count.append(1)
        began.set()
        may_end.wait(5)

    worker = MirrorWorker(turn, rest_seconds=60)
    made.append(worker)
    worker.wake()
    assert began.wait(5)
    worker.wake()
    may_end.set()
    wait_until(lambda: len(count) == 2)


def test_without_news_turns_are_taken_while_at_rest(made: list[MirrorWorker]) -> None:
    turns = Turns()
    worker = MirrorWorker(turns, rest_seconds=0.01)
    made.append(worker)
    worker.wake()
    wait_until(lambda: turns.count > 3)


def test_whatever_fails_is_told_once_and_tried_again(
    made: list[MirrorWorker], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(mirror_worker, "RETRY_SECONDS", 0.01)
    turns = Turns(RuntimeError("a receiver"), ValueError("another"))
    worker = MirrorWorker(turns)
    made.append(worker)
    worker.wake()
    wait_until(lambda: "again" in caplog.text)
    assert turns.count == 3
    assert [record.message for record in caplog.records] == [
        "The local users can't be kept in step: ValueError",
        "The local users are kept in step again.",
    ]


def test_what_a_failure_says_is_not_told_but_for_what_the_auth_service_answers(
    made: list[MirrorWorker], caplog: pytest.LogCaptureFixture
) -> None:
    for trouble in (CannotTell("It answers 500."), RuntimeError("ada@example.com")):
        turns = Turns(trouble)
        worker = MirrorWorker(turns, rest_seconds=60)
        made.append(worker)
        worker.wake()
        wait_until(partial(turns.has_taken, 1))
    wait_until(lambda: "RuntimeError" in caplog.text)
    assert "It answers 500." in caplog.text
    assert "ada@example.com" not in caplog.text


def test_what_keeps_failing_is_tried_more_and_more_seldom(
    made: list[MirrorWorker], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mirror_worker, "RETRY_SECONDS", 0.01)
    monkeypatch.setattr(mirror_worker, "LONGEST_RETRY_SECONDS", 0.08)
    worker = MirrorWorker(Turns(*[RuntimeError() for _ in range(6)]), rest_seconds=60)
    waits: list[float] = []

    def wait(seconds: float) -> bool:
        waits.append(seconds)
        return False

    monkeypatch.setattr(worker._stopping, "wait", wait)
    made.append(worker)
    worker.wake()
    wait_until(lambda: len(waits) == 6)
    assert waits == [0.01, 0.02, 0.04, 0.08, 0.08, 0.08]


def test_a_worker_that_was_stopped_does_not_start_again(made: list[MirrorWorker]) -> None:
    turns = Turns()
    worker = MirrorWorker(turns)
    made.append(worker)
    worker.stop()
    worker.wake()
    assert not worker.is_running()


def test_what_the_service_connected_is_seen_to_around_every_turn_and_closed_in_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[str] = []

    class Connections:
        def close_all(self) -> None:
            told.append(f"all closed {threading.current_thread().name}")

    monkeypatch.setattr(mirror_worker, "close_old_connections", lambda: told.append("old closed"))
    monkeypatch.setattr(mirror_worker, "connections", Connections())
    worker = MirrorWorker(lambda: told.append("turn"))
    worker.wake()
    wait_until(lambda: len(told) >= 3)
    worker.stop()
    worker.join(5)
    assert told == ["old closed", "turn", "old closed", "all closed authservice-mirror"]


@pytest.fixture
def starting(service: Service, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], current.Connection]]:
    """Makes a connection with its threads, as a web process has it, polling fast."""
    monkeypatch.setattr(follower_room, "POLL_SECONDS", 0.02)
    transport: Any = service
    made: list[current.Connection] = []

    def make() -> current.Connection:
        made.append(current.over(transport, mirrors=True))
        return made[-1]

    yield make
    for connection in made:
        connection.stop()
        assert connection.worker is not None
        connection.worker.join(5)


@pytest.fixture
def in_process(starting: Callable[[], current.Connection]) -> current.Connection:
    return starting()


def test_a_lookup_that_hangs_leaves_refusals_fresh(
    service: Service, starting: Callable[[], current.Connection], monkeypatch: pytest.MonkeyPatch
) -> None:
    hanging, may_end = threading.Event(), threading.Event()

    def hang(self: Mirroring) -> bool:
        hanging.set()
        return may_end.wait(10)

    monkeypatch.setattr(Mirroring, "turn", hang)
    follower = starting().follower
    assert follower is not None
    follower.wake()
    try:
        assert hanging.wait(5)
        polls = service.count("GET /notices")
        wait_until(lambda: service.count("GET /notices") > polls + 5)
        assert follower.age() < 1
        service.change(service.register()["id"], "user.suspended", is_active=False)
        polls = service.count("GET /notices")
        wait_until(lambda: service.count("GET /notices") > polls + 1)
        assert follower._refusals._by_name
    finally:
        may_end.set()


def test_the_follower_tells_the_worker_of_news_alone(
    service: Service, in_process: current.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns = Turns()
    worker, follower = in_process.worker, in_process.follower
    assert worker is not None
    assert follower is not None
    monkeypatch.setattr(worker, "_turn", turns)
    follower.poll()
    wait_until(lambda: turns.count == 1)
    for _ in range(3):
        follower.poll()
    time.sleep(0.05)
    assert turns.count == 1
    service.change(service.register()["id"])
    follower.poll()
    wait_until(lambda: turns.count == 2)
    time.sleep(0.05)
    assert turns.count == 2


@pytest.mark.parametrize(("mirror", "has_worker"), [("process", True), ("command", False)])
def test_the_setting_says_whether_a_process_takes_part(
    service: Service, settings: Any, mirror: str, has_worker: bool
) -> None:
    settings.AUTHSERVICE = settings.AUTHSERVICE | {"MIRROR": mirror}
    assert (current.connection().worker is not None) == has_worker
    assert current.connection().follower is not None


def test_settings_that_change_end_both_threads(service: Service, in_process: current.Connection) -> None:
    assert in_process.follower is not None
    assert in_process.worker is not None
    in_process.stop()
    in_process.follower.wake()
    in_process.worker.wake()
    assert not in_process.follower._is_running()
    assert not in_process.worker.is_running()
