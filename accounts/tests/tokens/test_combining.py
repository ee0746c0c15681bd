"""Whoever comes while somebody reads is answered by the next read, with all who wait; and nobody waits long."""

import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from django.db import DatabaseError, OperationalError, connections, transaction

from accounts import clock
from accounts.models import NoticeType
from accounts.notices.tail import tail
from accounts.tokens import combining
from accounts.tokens.combining import Combined, Read

pytestmark = pytest.mark.django_db(transaction=True)

SOON: float = 10.0
"""For what is to happen at once."""


class Reads:
    """A database whose reads end when they are `let` to. It has the keys that are even."""

    def __init__(self) -> None:
        self.sent: list[list[int]] = []
        self.outcomes: list[BaseException | None] = []
        self._ending = threading.Semaphore(0)
        self.version = 1
        self.at_once: set[int] = set()
        """The keys of reads that need not be `let`."""

    def __call__(self, keys: Sequence[int]) -> Mapping[int, str]:
        version, outcome = self.version, self.outcomes.pop(0) if self.outcomes else None
        self.sent.append([*keys])
        assert self.at_once.issuperset(keys) or self._ending.acquire(timeout=SOON)
        if outcome is not None:
            raise outcome
        return {key: f"{key} of {version}" for key in keys if key % 2 == 0}

    def let(self, count: int = 1) -> None:
        self._ending.release(count)


class Asking:
    """Threads that ask, one after the other; each is known to wait, or to read, before the next one comes."""

    def __init__(self, reads: Reads, pool: ThreadPoolExecutor) -> None:
        self.combined: Combined[int, str] = Combined(reads)
        self._reads, self._pool = reads, pool

    def ask(self, key: int) -> "Future[Read[str | None]]":
        waiting, sent = self._waiting(), len(self._reads.sent)
        asked = self._pool.submit(self._find, key)
        eventually(lambda: (self._waiting(), len(self._reads.sent)) != (waiting, sent))
        return asked

    def _find(self, key: int) -> Read[str | None]:
        try:
            return self.combined.find(key)
        finally:
            connections.close_all()

    def _waiting(self) -> list[int]:
        gathering = self.combined._gathering
        return [] if gathering is None else [*gathering.keys]


def eventually(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + SOON
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.001)


def value(asked: "Future[Read[str | None]]") -> str | None:
    return asked.result(SOON).value


@pytest.fixture
def reads() -> Reads:
    return Reads()


@pytest.fixture
def asking(reads: Reads, monkeypatch: pytest.MonkeyPatch) -> Iterator[Asking]:
    monkeypatch.setattr(combining, "MAX_WAIT_SECONDS", 2 * SOON)  # a busy machine takes its time
    with ThreadPoolExecutor(8) as pool:
        yield Asking(reads, pool)
        reads.let(100)  # whatever a test that failed has left


def test_whoever_comes_alone_reads_at_once(reads: Reads) -> None:
    reads.let(2)
    combined = Combined(reads)
    assert [combined.find(key).value for key in (2, 3)] == ["2 of 1", None]
    assert reads.sent == [[2], [3]]


def test_all_who_come_meanwhile_are_answered_by_one_read(reads: Reads, asking: Asking) -> None:
    asked = [asking.ask(key) for key in (2, 4, 5, 6)]
    reads.let(2)
    assert [value(each) for each in asked] == ["2 of 1", "4 of 1", None, "6 of 1"]
    assert reads.sent == [[2], [4, 5, 6]]


def test_nobody_is_answered_by_a_read_that_was_sent_before_they_came(reads: Reads, asking: Asking) -> None:
    before = asking.ask(2)
    reads.version = 2
    after = asking.ask(2)
    reads.let(2)
    assert [value(before), value(after)] == ["2 of 1", "2 of 2"]


def test_whoever_comes_while_those_who_waited_are_read_for_waits_for_the_next(reads: Reads, asking: Asking) -> None:
    asked = [asking.ask(2), asking.ask(4)]
    reads.let()
    eventually(lambda: len(reads.sent) == 2)
    reads.version = 2
    asked.append(asking.ask(4))
    reads.let(2)
    assert [value(each) for each in asked] == ["2 of 1", "4 of 1", "4 of 2"]


def test_what_was_heard_is_noted_when_the_read_is_sent_and_before_it_has_an_answer(
    reads: Reads, asking: Asking
) -> None:
    asking.ask(2)
    joint = [asking.ask(4), asking.ask(6)]
    tail.heed(NoticeType.USER_SUSPENDED, "before it is sent")
    sent_after, mark = clock.now(), tail.mark()
    reads.let()
    eventually(lambda: len(reads.sent) == 2)
    tail.heed(NoticeType.USER_SUSPENDED, "before the answer")
    answered_after = clock.now()
    reads.let()
    for each in joint:
        assert each.result(SOON).mark == mark
        assert sent_after <= each.result(SOON).began_at <= answered_after


@pytest.mark.parametrize("failure", [DatabaseError("away"), KeyError("a mistake"), SystemExit()])
def test_a_failure_is_everybodys_and_leaves_nobody_waiting(
    reads: Reads, asking: Asking, failure: BaseException
) -> None:
    reads.outcomes = [None, failure]
    first, *joint = [asking.ask(key) for key in (2, 4, 6, 8)]
    began_at = time.monotonic()
    reads.let(2)
    assert value(first) == "2 of 1"
    assert type(joint[0].exception(SOON)) is type(failure)
    assert [type(each.exception(SOON)) for each in joint[1:]] == [OperationalError] * 2
    assert time.monotonic() - began_at < combining.MAX_WAIT_SECONDS


def test_a_failure_is_of_its_own_read_alone(reads: Reads, asking: Asking) -> None:
    reads.outcomes = [DatabaseError("away")]
    failed, after = asking.ask(2), asking.ask(4)
    reads.let(2)
    assert isinstance(failed.exception(SOON), DatabaseError)
    assert value(after) == "4 of 1"


def test_nobody_waits_for_ever(reads: Reads, asking: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither who would read next nor who waits for them; and whoever comes once the read has ended is answered."""
    monkeypatch.setattr(combining, "MAX_WAIT_SECONDS", 0.2)
    hanging, *waiting = [asking.ask(key) for key in (2, 4, 6)]
    assert [type(each.exception(SOON)) for each in waiting] == [OperationalError] * 2
    assert reads.sent == [[2]]
    reads.let(2)
    assert value(hanging) == "2 of 1"
    assert value(asking.ask(4)) == "4 of 1"


def test_nobody_waits_for_ever_for_who_reads_for_them(
    reads: Reads, asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, hanging, waiting = [asking.ask(key) for key in (2, 4, 6)]
    monkeypatch.setattr(combining, "MAX_WAIT_SECONDS", 0.2)
    late = asking.ask(8)
    reads.let()
    assert value(first) == "2 of 1"
    assert isinstance(late.exception(SOON), OperationalError)
    assert not hanging.done()
    reads.let()
    assert [value(hanging), value(waiting)] == ["4 of 1", "6 of 1"]


def test_within_a_transaction_everybody_reads_for_themselves_at_once(reads: Reads, asking: Asking) -> None:
    """What the transaction has changed, nobody else's connection sees."""
    others = asking.ask(2)
    reads.at_once.add(4)
    with transaction.atomic():
        assert asking.combined.find(4).value == "4 of 1"
    assert not others.done()
    reads.let()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_a_child_is_not_held_up_by_what_its_parent_was_at(reads: Reads, asking: Asking) -> None:
    asking.ask(2)
    asking.ask(4)
    if (child := os.fork()) == 0:
        combined = asking.combined
        os._exit(1 if combined._reading.locked() or combined._joining.locked() or combined._gathering else 0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    reads.let(2)
