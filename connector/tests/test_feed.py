"""A page of the log: what is asked for, how far the clocks are apart, and what is done where it is not to be had."""

import time
from collections.abc import Mapping
from email.utils import formatdate

import pytest
from authservice_connector.errors import CannotTell
from authservice_connector.feed import CursorExpired, NoticeFeed, seconds_apart
from authservice_connector.follower import FOLLOWED
from authservice_connector.transport import Answer, TooLarge

GOOD = Answer(200, {"notices": [], "cursor": "a", "complete": True})


class Service:
    """Answers with this; what has more than `room` notices is too large."""

    def __init__(self, answer: Answer, *, room: int = 200) -> None:
        self.answer, self.room = answer, room
        self.asked: list[Mapping[str, str]] = []

    def get(self, path: str, *, query: Mapping[str, str], bearer: str) -> Answer:
        assert (path, bearer) == ("/notices", "t")
        self.asked.append(query)
        if int(query["limit"]) > self.room:
            raise TooLarge("too large")
        return self.answer


class Token:
    def __init__(self) -> None:
        self.dropped: list[str] = []

    def get(self) -> str:
        return "t"

    def drop(self, token: str) -> None:
        self.dropped.append(token)


def feed_of(service: Service, token: Token | None = None, *, types: tuple[str, ...] = ()) -> NoticeFeed:
    return NoticeFeed(service, token or Token(), types=types)  # type: ignore[arg-type]


@pytest.mark.parametrize("seconds", [0, 40, -40])
def test_a_page_says_how_far_the_clocks_are_apart(seconds: int) -> None:
    """Whole seconds are told: what is told is never further than it is."""
    service = Service(Answer(200, GOOD.document, formatdate(time.time() + seconds, usegmt=True)))
    apart = feed_of(service).read(None).clocks_apart
    assert abs(seconds) - 1.5 <= abs(apart) <= abs(seconds)


@pytest.mark.parametrize("date", ["", "yesterday"])
def test_without_a_date_there_is_nothing_to_compare(date: str) -> None:
    assert feed_of(Service(Answer(200, GOOD.document, date))).read(None).clocks_apart == 0
    assert seconds_apart(date, 0.0, 0.0) is None


@pytest.mark.parametrize("tenths", range(10))
@pytest.mark.parametrize("difference", [0.0, 0.4, 1.0, 29.9, 30.0, -0.4, -1.0, -29.9, -30.0])
def test_clocks_are_as_far_apart_as_they_must_be_and_no_further(difference: float, tenths: int) -> None:
    """Whenever within a second it is asked, and at whichever time of the call the answer is dated."""
    now = 1_800_000_000 + tenths / 10
    date = formatdate(int(now + difference), usegmt=True)
    for before, behind in ((0.0, 0.0), (0.01, 0.01), (0.0, 1.5), (1.5, 0.0)):
        told = seconds_apart(date, now - before, now + behind)
        assert told is not None
        assert abs(told) <= abs(difference) + 1e-6
        assert abs(told) >= abs(difference) - 1 - before - behind - 1e-6


def test_what_is_wanted_is_asked_for_and_all_where_nothing_is_named() -> None:
    service = Service(GOOD)
    feed_of(service).read(None)
    feed_of(service, types=FOLLOWED).read("a")
    assert service.asked == [
        {"limit": "200"},
        {
            "limit": "200",
            "types": "sessions.revoked,client.changed,user.suspended,user.deleted,user.reinstated,keys.changed",
            "after": "a",
        },
    ]


def test_a_page_that_is_too_large_is_asked_for_in_smaller_ones() -> None:
    service = Service(GOOD, room=10)
    assert feed_of(service).read("a").is_complete
    assert [each["limit"] for each in service.asked] == ["200", "20", "2"]
    service.room = 1
    with pytest.raises(CannotTell):
        feed_of(service).read("a")


@pytest.mark.parametrize(("status", "error"), [(410, CursorExpired), (401, CannotTell), (403, CannotTell)])
def test_a_token_that_is_refused_is_not_used_again_and_no_other_is(status: int, error: type[Exception]) -> None:
    token = Token()
    with pytest.raises(error):
        feed_of(Service(Answer(status, {})), token).read("a")
    assert token.dropped == (["t"] if status == 401 else [])
