"""When Redis does not answer, the database counts: no limit is lifted, and nobody waits for long."""

import time
from collections.abc import Callable

import pytest
from prometheus_client import REGISTRY

from accounts.conf import Limit
from accounts.models import AttemptCounter
from accounts.tests.support.valkey import Valkey
from accounts.throttling.counters import Place
from accounts.throttling.database_counters import DatabaseCounters
from accounts.throttling.redis_counters import REST_SECONDS, CountersWithFallback, RedisCounters

pytestmark = pytest.mark.django_db

ONE = Limit(count=1, period_seconds=60)
KEY, OTHER, THIRD = (Place(key, ONE) for key in ("key", "other", "third"))


@pytest.fixture
def counters(private_valkey: Valkey) -> CountersWithFallback:
    return CountersWithFallback(RedisCounters(private_valkey.url), DatabaseCounters())


def fallbacks() -> float:
    return REGISTRY.get_sample_value("authservice_throttle_fallbacks_total") or 0.0


@pytest.mark.parametrize("break_it", [Valkey.stop, Valkey.freeze, Valkey.refuse_writes])
def test_the_database_counts_when_redis_does_not(
    counters: CountersWithFallback, private_valkey: Valkey, break_it: Callable[[Valkey], None]
) -> None:
    before = fallbacks()
    break_it(private_valkey)
    started = time.monotonic()
    assert counters.reserve(KEY).full is None
    assert counters.reserve(KEY).full
    assert time.monotonic() - started < 1
    assert fallbacks() == before + 1  # the second did not ask Redis again
    assert AttemptCounter.objects.get(key="key").count == 1


def test_while_redis_answers_the_database_is_not_asked(counters: CountersWithFallback) -> None:
    taken = counters.reserve(KEY)
    assert counters.reserve(KEY).full
    counters.release(*taken.reservations)
    assert counters.reserve(KEY).full is None
    assert not AttemptCounter.objects.exists()


def test_redis_is_asked_again_after_its_rest(
    counters: CountersWithFallback, private_valkey: Valkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    private_valkey.stop()
    counters.reserve(KEY)
    private_valkey.start()
    counters.reserve(OTHER)
    assert AttemptCounter.objects.filter(key="other").exists()
    later = time.monotonic() + REST_SECONDS
    monkeypatch.setattr(time, "monotonic", lambda: later)
    counters.reserve(THIRD)
    assert not AttemptCounter.objects.filter(key="third").exists()


def test_a_place_is_given_back_where_it_was_taken(counters: CountersWithFallback, private_valkey: Valkey) -> None:
    key = Place("key", Limit(2, 60))
    (in_redis,) = counters.reserve(key).reservations
    private_valkey.refuse_writes()
    (in_database,) = counters.reserve(key).reservations
    counters.release(in_redis, in_database)  # Redis can't take it back; nobody is told
    assert AttemptCounter.objects.get(key="key").count == 0
    counters.release(in_redis)
    assert AttemptCounter.objects.get(key="key").count == 0


def test_who_is_forgotten_does_not_wait_for_redis_while_it_rests(
    counters: CountersWithFallback, private_valkey: Valkey
) -> None:
    private_valkey.freeze()
    before = fallbacks()
    for key in ("key", "other"):
        counters.reserve(Place(key, ONE))
        counters.forget(key)
    assert fallbacks() == before + 1  # one wait in all
    assert not AttemptCounter.objects.exists()


@pytest.mark.parametrize("is_away", [False, True])
def test_a_key_is_forgotten_wherever_it_was_counted(
    counters: CountersWithFallback, private_valkey: Valkey, *, is_away: bool
) -> None:
    counters.reserve(KEY)
    DatabaseCounters().reserve(KEY)
    if is_away:
        private_valkey.refuse_writes()
    counters.forget("key")
    assert not AttemptCounter.objects.exists()
    assert counters.reserve(KEY).full is None
