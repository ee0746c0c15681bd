"""A page says how far this machine's clock is from that of who answered."""

import time
from email.utils import formatdate
from typing import Any

import pytest
from authservice_connector.feed import NoticeFeed
from authservice_connector.transport import Answer


class Service:
    """Answers with this date."""

    def __init__(self, date: str) -> None:
        self.date = date

    def get(self, *_: Any, **__: Any) -> Answer:
        return Answer(200, {"notices": [], "cursor": "a", "complete": True}, self.date)


class Token:
    def get(self) -> str:
        return "t"


@pytest.mark.parametrize("seconds", [0, 40, -40])
def test_a_page_says_how_far_the_clocks_are_apart(seconds: int) -> None:
    """Whole seconds are told: what is told is never nearer than it is."""
    service = Service(formatdate(time.time() + seconds, usegmt=True))
    apart = NoticeFeed(service, Token()).read(None).clocks_apart  # type: ignore[arg-type]
    assert abs(seconds) <= abs(apart) <= abs(seconds) + 1.5


@pytest.mark.parametrize("date", ["", "yesterday"])
def test_without_a_date_there_is_nothing_to_compare(date: str) -> None:
    assert NoticeFeed(Service(date), Token()).read(None).clocks_apart == 0  # type: ignore[arg-type]
