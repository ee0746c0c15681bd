"""What follows a cursor is said by the lane, as Django would say it now, to whom Django would say it."""

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final
from unittest.mock import Mock
from urllib.parse import urlencode

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts import clock
from accounts.models import Notice
from accounts.notices import cursor
from accounts.notices.reader import START
from accounts.notices.tail import MEMORY_SECONDS, tail
from accounts.services.clients.clients import NewSecret
from accounts.services.following import notices
from accounts.tests.fastlane.ways import Ways, differences, hits, show
from accounts.tests.support import memory, service_clients
from accounts.tests.support.factories import Tokens
from accounts.tests.support.notice_log import append

CONNECTOR: Final = Path(__file__).resolve().parents[3] / "connector" / "src"
OTHER_QUERIES: Final = (
    *("", "after=", "after={}&limit=1", "limit=05&after={}", "limit=0&after={}", "limit=201&after={}"),
    *("types=x&after={}", "types=&after={}", "types=user.gone&after={}", "types=user.deleted&limit=1&after={}"),
    *("after={}&types=user.deleted", "after={}&after={}"),
    *("after={}&cursor=x", "after={}=", "after={}%3D", "after= {}", "After={}", "after={}&", "after={}#", "after=é{}"),
    *("cursor={}", "types=user.deleted"),
)


@pytest.fixture
def client(transactional_db: None) -> NewSecret:
    return service_clients.make("notices:read")


@pytest.fixture
def token(client: NewSecret) -> str:
    return service_clients.token_of(client)


def poll(token: str, position: str, **changes: Any) -> dict[str, Any]:
    return show("/notices", token, QUERY_STRING=f"after={position}", **changes)


def end() -> str:
    last = Notice.objects.find_last()
    return cursor.write(cursor.at(last) if last else START)


def read_anew() -> None:
    """As if it were due."""
    tail._due_at = clock.now()
    assert tail.keeps_up()


@pytest.fixture
def warm(ways: Ways, token: str) -> Ways:
    append(3)
    read_anew()
    ways.by_lane(poll(token, end()))
    assert ways.is_hit(poll(token, end()))
    return ways


def test_at_the_end_of_the_log_the_answer_is_the_same(warm: Ways, token: str) -> None:
    assert differences(warm, {"end": poll(token, end())}) == {}
    assert warm.by_lane(poll(token, end())).body == b'{"notices":[],"cursor":"%s","complete":true}' % end().encode()


def test_of_an_empty_log_too(ways: Ways, token: str) -> None:
    Notice.objects.all().delete()
    memory.forget()
    start = poll(token, cursor.write(START))
    ways.by_lane(start)
    assert hits(ways, {"start": start}) == {"start"}
    assert differences(ways, {"start": start}) == {}


def test_other_questions_are_djangos_to_answer(warm: Ways, token: str) -> None:
    first = Notice.objects.numbered_from(1)[0]
    texts = [query.format(end(), end()) for query in OTHER_QUERIES]
    texts += [f"after={cursor.write(cursor.at(first)._replace(seq=10**6))}", f"after={'B' * 32}", f"after={'_' * 32}"]
    environs = {text: show("/notices", token, QUERY_STRING=text) for text in texts}
    assert differences(warm, environs) == {}
    assert hits(warm, environs) == set()


@pytest.mark.parametrize("types", [(), ("user.updated",), ("user.suspended", "sessions.revoked")])
@pytest.mark.parametrize("limit", [None, 1, 3, 200])
def test_a_part_of_what_follows_is_the_same(warm: Ways, token: str, limit: int | None, types: Sequence[str]) -> None:
    asked = ({"limit": limit} if limit else {}) | ({"types": ",".join(types)} if types else {})
    places = {"first": cursor.write(cursor.at(Notice.objects.numbered_from(1)[0])), "end": end()}
    environs = {
        name: show("/notices", token, QUERY_STRING=urlencode(asked | {"after": place}))
        for name, place in places.items()
    }
    for _ in range(2):
        assert differences(warm, environs) == {}
        assert hits(warm, environs) == environs.keys()


@pytest.mark.parametrize("types", [(), ("user.deleted", "sessions.revoked")])
def test_our_connector_is_answered_by_the_lane(
    warm: Ways, token: str, types: Sequence[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(CONNECTOR)
    feed = importlib.import_module("authservice_connector.feed")
    transport, own_token = Mock(), Mock()
    transport.get.side_effect = LookupError("as far as the query")
    with pytest.raises(LookupError):
        feed.NoticeFeed(transport, own_token, types=types).read(end())
    asked = show("/notices", token, QUERY_STRING=urlencode(transport.get.call_args.kwargs["query"]))
    assert hits(warm, {"asked": asked}) == {"asked"}


def test_what_follows_an_earlier_place_is_the_same(warm: Ways, token: str) -> None:
    first = Notice.objects.numbered_from(1)[0]
    environs = {str(place): poll(token, cursor.write(place)) for place in (START, cursor.at(first))}
    for _ in range(2):
        assert differences(warm, environs) == {}
        assert hits(warm, environs) == environs.keys()


def test_more_than_a_page_is_the_same(warm: Ways, token: str) -> None:
    append(60)
    start = poll(token, cursor.write(START))
    for _ in range(2):
        assert differences(warm, {"start": start}) == {}
    assert b'"complete":false' in warm.by_lane(start).body


def test_a_notice_of_this_process_is_heard_at_once(warm: Ways, token: str) -> None:
    before = end()
    for _ in range(2):
        append()
        assert differences(warm, {"behind": poll(token, before), "new end": poll(token, end())}) == {}
        assert b'"notices":[{' in warm.by_lane(poll(token, before)).body


def test_a_page_up_to_the_end_is_read_once_for_all(
    warm: Ways, token: str, django_assert_num_queries: DjangoAssertNumQueries, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_anew()
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)  # what has just been read does not age, however slow the machine
    before = end()
    append(2)
    said = warm.by_lane(poll(token, before))
    with django_assert_num_queries(0):
        assert [warm.by_lane(poll(token, before)) for _ in range(3)] == [said] * 3


def test_a_page_is_kept_for_as_long_as_it_goes_up_to_the_end(warm: Ways, token: str) -> None:
    before = end()
    append()
    warm.by_lane(poll(token, before))
    append()
    tail._has_appended = False  # so that it was another's
    read_anew()
    assert warm.by_lane(poll(token, before)).body.count(b'"seq"') == 2
    assert differences(warm, {"behind": poll(token, before)}) == {}


def test_a_page_says_until_when_its_notices_matter_now(warm: Ways, token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = end()
    append()
    warm.by_lane(poll(token, before))
    window = notices.refusal_window()
    monkeypatch.setattr(notices, "refusal_window", lambda: window * 2)
    assert differences(warm, {"behind": poll(token, before)}) == {}


def test_a_page_is_kept_for_some_seconds(warm: Ways, token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What lies before a place may be removed, and then nobody is told what follows it."""
    before = end()
    append()
    warm.by_lane(poll(token, before))
    now = clock.now
    monkeypatch.setattr(clock, "now", lambda: now() + MEMORY_SECONDS)
    Notice.objects.exclude(seq=Notice.objects.latest("seq").seq).delete()
    warm.by_lane(poll(token, end()))
    assert warm.is_hit(poll(token, end()))
    assert warm.by_lane(poll(token, before)).status == "410 Gone"


def test_a_notice_of_another_process_is_heard_when_the_log_is_read(warm: Ways, token: str) -> None:
    before = end()
    append()
    tail._has_appended = False  # so that it was another's
    read_anew()
    assert b'"notices":[{' in warm.by_lane(poll(token, before)).body
    assert b'"notices":[]' in warm.by_lane(poll(token, end())).body


def test_what_was_not_read_just_now_says_nothing(warm: Ways, token: str) -> None:
    with tail._reading:  # somebody else is at it
        tail._due_at = tail._read_at = clock.now() - 0.3
        assert not tail.ends_at(cursor.read(end()))
    assert tail.ends_at(cursor.read(end()))


def test_without_the_scope_or_the_client_it_is_refused(warm: Ways, client: NewSecret, token: str) -> None:
    without = service_clients.token_of(service_clients.make("users:read"))
    environs = {"without": poll(without, end()), "nobody": show("/notices", "x", QUERY_STRING=f"after={end()}")}
    for _ in range(2):
        assert differences(warm, environs) == {}
        assert hits(warm, environs) == set()
    service_clients.disable(client.client)
    read_anew()
    assert warm.by_lane(poll(token, end())).status == "401 Unauthorized"


def test_people_are_asked_about_in_the_database(warm: Ways, tokens: Tokens) -> None:
    for _ in range(2):
        assert differences(warm, {"person": poll(tokens.access, end())}) == {}
        assert hits(warm, {"person": poll(tokens.access, end())}) == set()
