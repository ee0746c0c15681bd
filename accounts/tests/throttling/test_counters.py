"""One contract of counting, kept by the database and by Redis."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.conf import Limit
from accounts.models import AttemptCounter
from accounts.tests.support.valkey import Valkey
from accounts.throttling.counters import Counters, DatabaseCounters, Full, Reservation
from accounts.throttling.redis_counters import RedisCounters

pytestmark = pytest.mark.django_db

TWO = Limit(count=2, period_seconds=60)


@pytest.fixture(params=["database", "redis"])
def counters(request: pytest.FixtureRequest) -> Counters:
    if request.param == "database":
        return DatabaseCounters()
    valkey: Valkey = request.getfixturevalue("valkey")
    return RedisCounters(valkey.url)


@pytest.fixture
def close_window(counters: Counters, request: pytest.FixtureRequest) -> Callable[[str], None]:
    """The window of a key is over, by the clock of whoever counts."""

    def close(key: str) -> None:
        if isinstance(counters, DatabaseCounters):
            AttemptCounter.objects.filter(key=key).update(expires_at=timezone.now() - timedelta(seconds=1))
        else:
            with request.getfixturevalue("valkey").client() as client:
                client.hset(f"authservice:attempts:{key}", "end", 1)

    return close


def taken(answer: Reservation | Full) -> Reservation:
    assert isinstance(answer, Reservation)
    return answer


def test_as_many_places_as_the_limit_says(counters: Counters) -> None:
    taken(counters.reserve("key", TWO))
    taken(counters.reserve("key", TWO))
    full = counters.reserve("key", TWO)
    assert isinstance(full, Full)
    assert 55 <= full.retry_after <= 60


def test_each_key_has_a_window_of_its_own(counters: Counters) -> None:
    one = Limit(count=1, period_seconds=60)
    taken(counters.reserve("key", one))
    taken(counters.reserve("other", one))
    assert isinstance(counters.reserve("key", one), Full)


def test_a_place_given_back_can_be_taken_again(counters: Counters) -> None:
    first = taken(counters.reserve("key", TWO))
    taken(counters.reserve("key", TWO))
    counters.release(first)
    taken(counters.reserve("key", TWO))
    assert isinstance(counters.reserve("key", TWO), Full)


def test_a_window_that_is_over_begins_anew(counters: Counters, close_window: Callable[[str], None]) -> None:
    for _ in range(2):
        taken(counters.reserve("key", TWO))
    close_window("key")
    taken(counters.reserve("key", TWO))
    taken(counters.reserve("key", TWO))
    assert isinstance(counters.reserve("key", TWO), Full)


def test_a_place_of_an_earlier_window_gives_nothing_back(
    counters: Counters, close_window: Callable[[str], None]
) -> None:
    earlier = taken(counters.reserve("key", TWO))
    close_window("key")
    for _ in range(2):
        taken(counters.reserve("key", TWO))
    counters.release(earlier)
    assert isinstance(counters.reserve("key", TWO), Full)


def test_a_window_begins_with_its_first_attempt_and_does_not_move(counters: Counters) -> None:
    ends = [taken(counters.reserve("key", TWO)).window_end for _ in range(2)]
    assert ends[0] == ends[1]


def test_redis_forgets_a_window_by_itself(valkey: Valkey) -> None:
    RedisCounters(valkey.url).reserve("key", TWO)
    with valkey.client() as client:
        remaining = client.pttl("authservice:attempts:key")
    assert isinstance(remaining, int)
    assert 0 < remaining <= 60_000


def test_a_key_that_is_forgotten_begins_anew_and_no_other(counters: Counters) -> None:
    for key in ("key", "key", "other", "other"):
        old = taken(counters.reserve(key, TWO))
    counters.forget("key", "unknown")
    assert isinstance(counters.reserve("other", TWO), Full)
    for _ in range(2):
        taken(counters.reserve("key", TWO))
    counters.release(old)
    assert isinstance(counters.reserve("key", TWO), Full)
