"""The outbox is seen to every second, less often while the mail server is away, and never at the cost of a stop."""

import threading
import time
from collections.abc import Callable

import pytest
from structlog.testing import capture_logs

from accounts.services import outbox, postman
from accounts.services.outbox import Round
from accounts.services.postman import Postman

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("_quick")]


@pytest.fixture
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postman, "EVERY_SECONDS", 0.01)
    monkeypatch.setattr(postman, "LONGEST_PAUSE_SECONDS", 0.08)


class Pauses(threading.Event):
    """Told to stop, or not yet; and how long was waited for that each time, before a round."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float | None] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.seconds.append(timeout)
        return super().wait(timeout)


class Rounds:
    """What the rounds find, the last for ever."""

    def __init__(self, *found: Round | Exception) -> None:
        self._made = 0
        self._found = list(found)

    def __call__(self, is_told_to_stop: Callable[[], bool]) -> Round:
        self._made += 1
        found = self._found.pop(0) if len(self._found) > 1 else self._found[0]
        if isinstance(found, Exception):
            raise found
        return found

    def until(self, count: int) -> list[float | None]:
        """The pauses before each of so many rounds."""
        deadline = time.monotonic() + 30
        man = Postman()
        man._is_told_to_stop = pauses = Pauses()
        man.start()
        while self._made < count and time.monotonic() < deadline:
            time.sleep(0.005)
        man.stop()
        assert self._made >= count
        return pauses.seconds[:count]


def test_while_the_server_is_away_the_pauses_grow_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "deliver", rounds := Rounds(Round(is_server_away=True)))
    assert rounds.until(6) == [0.01, 0.02, 0.04, 0.08, 0.08, 0.08]


def test_once_it_is_back_there_is_no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    away, back = Round(is_server_away=True), Round(sent=3)
    monkeypatch.setattr(outbox, "deliver", rounds := Rounds(*[away] * 4, back))
    assert rounds.until(7) == [0.01, 0.02, 0.04, 0.08, 0.08, 0.01, 0.01]


def test_whatever_a_round_meets_with_the_next_one_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "deliver", rounds := Rounds(ZeroDivisionError(), Round()))
    with capture_logs() as lines:
        rounds.until(3)
    assert [(line["event"], line["error"]) for line in lines] == [("duty_failed", "ZeroDivisionError")]


def test_a_round_that_hangs_does_not_hold_up_the_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postman, "STOP_SECONDS", 0.1)
    hangs, is_released = threading.Event(), threading.Event()

    def deliver(is_told_to_stop: Callable[[], bool]) -> Round:
        hangs.set()
        is_released.wait(60)
        assert is_told_to_stop()
        return Round()

    monkeypatch.setattr(outbox, "deliver", deliver)
    man = Postman()
    man.start()
    assert hangs.wait(30)
    man.stop()
    assert man._thread.is_alive()  # nobody waited for its end
    is_released.set()
    monkeypatch.setattr(postman, "STOP_SECONDS", 30.0)
    man.stop()
    assert not man._thread.is_alive()
