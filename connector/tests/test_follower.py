"""The follower reads to the end, in order, and says how fresh it is; nothing else makes it fresh."""

import threading
import time
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import pytest
from authservice_connector import follower as room
from authservice_connector.errors import CannotTell, TokenInvalid
from authservice_connector.feed import CursorExpired, Page
from authservice_connector.follower import Follower
from authservice_connector.keys import MAX_AGE_SECONDS, KeySet
from authservice_connector.refusals import Refusals

from tests.issuing import Fetch, Key, Later, jwks, notice


class Log:
    """A log of notices that is served in pages of two; may be in trouble."""

    def __init__(self) -> None:
        self.notices: list[Mapping[str, Any]] = []
        self.trouble: Exception | None = None
        self.generation = 0
        self.asked: list[str | None] = []

    def read(self, cursor: str | None) -> Page:
        self.asked.append(cursor)
        if self.trouble is not None:
            raise self.trouble
        generation, position = (self.generation, 0) if cursor is None else map(int, cursor.split(":"))
        if generation != self.generation or position > len(self.notices):
            raise CursorExpired
        page = self.notices[position : position + 2]
        end = position + len(page)
        return Page(page, f"{self.generation}:{end}", is_complete=end == len(self.notices))


def revoked(session_id: str) -> dict[str, Any]:
    return notice("sessions.revoked", "user", session_ids=[session_id])


class Ground:
    """A follower of a log."""

    def __init__(self, key: Key) -> None:
        self.log, self.refusals, self.fetch = Log(), Refusals(), Fetch(jwks(key))
        self.keys = KeySet(self.fetch)
        self.follower = Follower(self.log, refusals=self.refusals, keys=self.keys)  # type: ignore[arg-type]

    def refuses(self, name: str) -> bool:
        return name in self.refusals._by_name


@pytest.fixture
def ground(key: Key) -> Ground:
    return Ground(key)


def test_before_the_end_was_reached_nothing_is_fresh(ground: Ground) -> None:
    assert ground.follower.age() == float("inf")
    ground.log.trouble = CannotTell("down")
    with pytest.raises(CannotTell):
        ground.follower.poll()
    assert ground.follower.age() == float("inf")


def test_a_poll_reads_to_the_end_and_goes_on_from_there(ground: Ground) -> None:
    ground.log.notices = [revoked(name) for name in "abcde"]
    ground.follower.poll()
    assert all(ground.refuses(name) for name in "abcde")
    assert ground.log.asked == [None, "0:2", "0:4"]
    ground.log.notices.append(revoked("f"))
    ground.follower.poll()
    assert ground.refuses("f")
    assert ground.log.asked[3:] == ["0:5"]


def test_freshness_is_counted_from_when_the_last_request_was_sent(
    ground: Ground, later: Later, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = ground.log.read

    def slow(cursor: str | None) -> Page:
        page = read(cursor)
        later(1.5)
        return page

    monkeypatch.setattr(ground.log, "read", slow)
    ground.follower.poll()
    assert 1.5 <= ground.follower.age() < 1.6


def test_a_log_that_stops_in_the_middle_makes_nothing_fresh(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    ground.log.notices = [revoked(name) for name in "abcd"]
    read = ground.log.read

    def broken(cursor: str | None) -> Page:
        if cursor == "0:2":
            raise CannotTell("down")
        return read(cursor)

    monkeypatch.setattr(ground.log, "read", broken)
    with pytest.raises(CannotTell):
        ground.follower.poll()
    assert ground.refuses("a")
    assert ground.follower.age() == float("inf")
    monkeypatch.undo()
    ground.follower.poll()
    assert ground.refuses("d")


def test_another_log_is_read_from_its_beginning_and_the_old_one_forgotten(ground: Ground) -> None:
    ground.log.notices = [revoked(name) for name in "ab"]
    ground.follower.poll()
    ground.log.generation, ground.log.notices = 1, [revoked("c")]
    ground.follower.poll()
    assert (ground.refuses("a"), ground.refuses("c")) == (False, True)


def test_while_another_log_is_being_read_nothing_is_fresh(ground: Ground) -> None:
    ground.follower.poll()
    assert ground.follower.age() < 1
    ground.log.generation = 1
    ground.fetch.document = CannotTell("down")
    with pytest.raises(CannotTell):
        ground.follower.poll()
    assert ground.follower.age() == float("inf")


def test_changed_keys_are_fetched_before_the_log_counts_as_read(ground: Ground) -> None:
    ground.follower.poll()
    before, cursor = ground.fetch.count, ground.follower._cursor
    ground.log.notices.append(notice("keys.changed", "kid", stage="withdrawn"))
    ground.fetch.document = CannotTell("down")
    with pytest.raises(CannotTell):
        ground.follower.poll()
    assert ground.follower._cursor == cursor
    ground.fetch.document = jwks(Key())
    ground.follower.poll()
    assert ground.fetch.count == before + 2
    ground.follower.poll()
    assert ground.fetch.count == before + 2


@pytest.mark.parametrize("broken", [{"type": "sessions.revoked"}, {}, None, "text"])
def test_a_notice_that_does_not_read_is_no_reason_to_go_on(ground: Ground, broken: Any) -> None:
    ground.log.notices = [broken]
    for _ in range(2):
        with pytest.raises(CannotTell):
            ground.follower.poll()
    assert ground.follower.age() == float("inf")


def test_the_thread_survives_whatever_happens_and_recovers(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "POLL_SECONDS", 0.01)
    ground.log.trouble = RuntimeError("a surprise")
    ground.follower.wake()
    for _ in range(500):
        if len(ground.log.asked) > 3:
            break
        threading.Event().wait(0.01)
    ground.log.trouble = None
    for _ in range(500):
        if ground.follower.age() < 1:
            break
        threading.Event().wait(0.01)
    ground.follower.stop()
    assert ground.follower.age() < 5


def test_a_thread_that_died_is_started_again_and_only_one_runs(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Follower, "_run", lambda self: None)
    ground.follower.wake()
    first = ground.follower._thread
    assert first is not None
    first.join(5)
    monkeypatch.undo()
    monkeypatch.setattr(room, "POLL_SECONDS", 0.01)
    ground.follower.wake()
    second = ground.follower._thread
    ground.follower.wake()
    assert first is not second is ground.follower._thread
    ground.follower.stop()


def test_a_withdrawn_key_is_believed_no_more_though_its_withdrawal_has_not_reached_the_answer(
    ground: Ground, key: Key
) -> None:
    """The set may come from a process that has not heard of it yet, or out of a cache."""
    ground.follower.poll()
    found = ground.keys.find(key.kid, unverified_issued_at=0)
    ground.log.notices.append(notice("keys.changed", key.kid, stage="withdrawn"))
    ground.follower.poll()
    assert not ground.keys.holds(found)
    with pytest.raises(TokenInvalid):
        ground.keys.find(key.kid, unverified_issued_at=int(time.time()))


def test_a_key_that_is_only_announced_stays(ground: Ground, key: Key) -> None:
    ground.log.notices.append(notice("keys.changed", key.kid, stage="published"))
    ground.follower.poll()
    assert ground.keys.find(key.kid, unverified_issued_at=0)


def test_what_another_log_does_not_withdraw_is_believed_again(ground: Ground, key: Key) -> None:
    """A backup from before the withdrawal was restored."""
    ground.log.notices.append(notice("keys.changed", key.kid, stage="withdrawn"))
    ground.follower.poll()
    ground.log.generation, ground.log.notices = 1, []
    ground.follower.poll()
    assert ground.keys.find(key.kid, unverified_issued_at=0)


def test_until_another_log_was_read_whole_the_refusals_of_the_old_one_hold(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever has just seen that they are fresh reads them now."""
    ground.log.notices = [revoked("a")]
    ground.follower.poll()
    ground.log.generation, ground.log.notices = 1, [revoked(name) for name in "bcd"]
    read, seen = ground.log.read, []

    def watched(cursor: str | None) -> Page:
        seen.append((cursor, ground.refuses("a"), ground.refuses("b")))
        return read(cursor)

    monkeypatch.setattr(ground.log, "read", watched)
    ground.follower.poll()
    assert seen[1:] == [(None, True, False), ("1:2", True, False)]
    assert [ground.refuses(name) for name in "abcd"] == [False, True, True, True]


@pytest.mark.parametrize(("apart", "is_fresh"), [(29.0, True), (-29.0, True), (31.0, False), (-31.0, False)])
def test_clocks_that_are_too_far_apart_make_nothing_fresh(
    ground: Ground, monkeypatch: pytest.MonkeyPatch, apart: float, is_fresh: bool
) -> None:
    """What a window holds back is dated by the other clock; what expires here, by this one."""
    read = ground.log.read
    monkeypatch.setattr(ground.log, "read", lambda cursor: replace(read(cursor), clocks_apart=apart))
    ground.log.notices = [revoked("a")]
    with nullcontext() if is_fresh else pytest.raises(CannotTell):
        ground.follower.poll()
    assert ground.refuses("a")
    assert (ground.follower.age() < 1) == is_fresh


def test_a_page_that_leads_nowhere_does_not_go_on_for_ever(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ground.log, "read", lambda cursor: Page([], "same", is_complete=False))
    with pytest.raises(CannotTell):
        ground.follower.poll()


def test_it_stops_between_two_pages(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(cursor: str | None) -> Page:
        position = int(cursor or 0) + 1
        if position == 3:
            ground.follower.stop()
        assert position < 5
        return Page([], str(position), is_complete=False)

    monkeypatch.setattr(ground.log, "read", endless)
    ground.follower.poll()
    assert ground.follower.age() == float("inf")


def test_keys_are_renewed_before_a_request_has_to(ground: Ground, later: Later) -> None:
    ground.follower.poll()
    assert ground.fetch.count == 1
    later(MAX_AGE_SECONDS - 10)
    ground.fetch.document = CannotTell("down")
    for _ in range(2):
        ground.follower.poll()
    assert ground.follower.age() < 1
    assert ground.fetch.count == 2
