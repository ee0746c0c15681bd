"""When Redis does not answer, the database counts: no limit is lifted, and nobody waits for long."""

import time
from collections.abc import Callable

import pytest
from prometheus_client import REGISTRY

from accounts.conf import Limit
from accounts.models import AttemptCounter
from accounts.tests.support.valkey import Valkey
from accounts.throttling.counters import DatabaseCounters, Full, Reservation
from accounts.throttling.redis_counters import REST_SECONDS, CountersWithFallback, RedisCounters

pytestmark = pytest.mark.django_db

ONE = Limit(count=1, period_seconds=60)


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
    assert isinstance(counters.reserve("key", ONE), Reservation)
    assert isinstance(counters.reserve("key", ONE), Full)
    assert time.monotonic() - started < 1
    assert fallbacks() == before + 1  # the second did not ask Redis again
    assert AttemptCounter.objects.get(key="key").count == 1


def test_while_redis_answers_the_database_is_not_asked(counters: CountersWithFallback) -> None:
    reservation = counters.reserve("key", ONE)
    assert isinstance(reservation, Reservation)
    assert isinstance(counters.reserve("key", ONE), Full)
    counters.release(reservation)
    assert isinstance(counters.reserve("key", ONE), Reservation)
    assert not AttemptCounter.objects.exists()


def test_redis_is_asked_again_after_its_rest(
    counters: CountersWithFallback, private_valkey: Valkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    private_valkey.stop()
    counters.reserve("key", ONE)
    private_valkey.start()
    counters.reserve("other", ONE)
    assert AttemptCounter.objects.filter(key="other").exists()
    later = time.monotonic() + REST_SECONDS
    monkeypatch.setattr(time, "monotonic", lambda: later)
    counters.reserve("third", ONE)
    assert not AttemptCounter.objects.filter(key="third").exists()


def test_a_place_is_given_back_where_it_was_taken(counters: CountersWithFallback, private_valkey: Valkey) -> None:
    in_redis = counters.reserve("key", Limit(2, 60))
    private_valkey.refuse_writes()
    in_database = counters.reserve("key", Limit(2, 60))
    assert isinstance(in_redis, Reservation)
    assert isinstance(in_database, Reservation)
    counters.release(in_database)
    assert AttemptCounter.objects.get(key="key").count == 0
    counters.release(in_redis)  # Redis can't take it back; nobody is told
    assert AttemptCounter.objects.get(key="key").count == 0


def test_who_is_forgotten_does_not_wait_for_redis_while_it_rests(
    counters: CountersWithFallback, private_valkey: Valkey
) -> None:
    private_valkey.freeze()
    before = fallbacks()
    for key in ("key", "other"):
        counters.reserve(key, ONE)
        counters.forget(key)
    assert fallbacks() == before + 1  # one wait in all
    assert not AttemptCounter.objects.exists()


@pytest.mark.parametrize("is_away", [False, True])
def test_a_key_is_forgotten_wherever_it_was_counted(
    counters: CountersWithFallback, private_valkey: Valkey, *, is_away: bool
) -> None:
    counters.reserve("key", ONE)
    DatabaseCounters().reserve("key", ONE)
    if is_away:
        private_valkey.refuse_writes()
    counters.forget("key")
    assert not AttemptCounter.objects.exists()
    assert isinstance(counters.reserve("key", ONE), Reservation)
