"""One contract of counting, kept by the database and by Redis."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.conf import Limit
from accounts.models import AttemptCounter
from accounts.tests.support.valkey import Valkey
from accounts.throttling.counters import Counters, Full, Place, Reservation
from accounts.throttling.database_counters import DatabaseCounters
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


def reserve(counters: Counters, key: str, limit: Limit = TWO) -> Reservation | Full:
    """One place."""
    answer = counters.reserve(Place(key, limit))
    return answer.full or answer.reservations[0]


def taken(answer: Reservation | Full) -> Reservation:
    assert isinstance(answer, Reservation)
    return answer


def test_as_many_places_as_the_limit_says(counters: Counters) -> None:
    taken(reserve(counters, "key"))
    taken(reserve(counters, "key"))
    full = reserve(counters, "key")
    assert isinstance(full, Full)
    assert 55 <= full.retry_after <= 60


def test_each_key_has_a_window_of_its_own(counters: Counters) -> None:
    one = Limit(count=1, period_seconds=60)
    taken(reserve(counters, "key", one))
    taken(reserve(counters, "other", one))
    assert isinstance(reserve(counters, "key", one), Full)


def test_a_place_given_back_can_be_taken_again(counters: Counters) -> None:
    first = taken(reserve(counters, "key"))
    taken(reserve(counters, "key"))
    counters.release(first)
    taken(reserve(counters, "key"))
    assert isinstance(reserve(counters, "key"), Full)


def test_a_window_that_is_over_begins_anew(counters: Counters, close_window: Callable[[str], None]) -> None:
    for _ in range(2):
        taken(reserve(counters, "key"))
    close_window("key")
    taken(reserve(counters, "key"))
    taken(reserve(counters, "key"))
    assert isinstance(reserve(counters, "key"), Full)


def test_a_place_of_an_earlier_window_gives_nothing_back(
    counters: Counters, close_window: Callable[[str], None]
) -> None:
    earlier = taken(reserve(counters, "key"))
    close_window("key")
    for _ in range(2):
        taken(reserve(counters, "key"))
    counters.release(earlier)
    assert isinstance(reserve(counters, "key"), Full)


def test_a_window_begins_with_its_first_attempt_and_does_not_move(counters: Counters) -> None:
    ends = [taken(reserve(counters, "key")).window_end for _ in range(2)]
    assert ends[0] == ends[1]


def test_redis_forgets_a_window_by_itself(valkey: Valkey) -> None:
    RedisCounters(valkey.url).reserve(Place("key", TWO))
    with valkey.client() as client:
        remaining = client.pttl("authservice:attempts:key")
    assert isinstance(remaining, int)
    assert 0 < remaining <= 60_000


def test_a_key_that_is_forgotten_begins_anew_and_no_other(counters: Counters) -> None:
    for key in ("key", "key", "other", "other"):
        old = taken(reserve(counters, key))
    counters.forget("key", "unknown")
    assert isinstance(reserve(counters, "other"), Full)
    for _ in range(2):
        taken(reserve(counters, "key"))
    counters.release(old)
    assert isinstance(reserve(counters, "key"), Full)


def test_several_places_are_taken_in_their_order_up_to_the_first_that_is_full(counters: Counters) -> None:
    one, both = Limit(count=1, period_seconds=60), (Place("wide", TWO), Place("narrow", Limit(1, 60)))
    first = counters.reserve(*both)
    assert ([each.key for each in first.reservations], first.full) == (["wide", "narrow"], None)
    second = counters.reserve(*both, Place("never", one))
    assert [each.key for each in second.reservations] == ["wide"]
    assert second.full is not None
    assert (second.full.key, 55 <= second.full.retry_after <= 60) == ("narrow", True)
    third = counters.reserve(*both)
    assert (third.reservations, third.full and third.full.key) == ([], "wide")
    taken(reserve(counters, "never", one))


def test_several_places_are_given_back_at_once_each_in_its_own_window(
    counters: Counters, close_window: Callable[[str], None]
) -> None:
    one = Limit(count=1, period_seconds=60)
    places = [Place(key, one) for key in ("first", "second", "third")]
    earlier = counters.reserve(*places).reservations
    close_window("second")
    taken(reserve(counters, "second", one))
    counters.release(*earlier)
    assert [isinstance(reserve(counters, place.key, one), Full) for place in places] == [False, True, False]


def test_windows_begin_anew_each_for_itself(counters: Counters, close_window: Callable[[str], None]) -> None:
    places = Place("wide", TWO), Place("narrow", TWO)
    for _ in range(2):
        counters.reserve(*places)
    close_window("narrow")
    assert counters.reserve(*places).full is not None
    close_window("wide")
    assert [counters.reserve(*places).full for _ in range(2)] == [None, None]
