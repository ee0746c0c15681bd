"""Attempts counted in Redis or Valkey, and in the database whenever that does not answer in time."""

import time
from itertools import chain
from math import ceil
from typing import Final

import redis
import structlog
from redis.backoff import NoBackoff
from redis.retry import Retry

from accounts import metrics
from accounts.throttling.counters import Counters, Full, Place, Reservation, Taken
from accounts.throttling.database_counters import DatabaseCounters

DEADLINE_SECONDS: Final = 0.25
REST_SECONDS: Final = 3.0

# A hash holds a window: its count and, by the server's clock, its end. Of each of KEYS in ARGV: limit, period in ms.
# The ends of the windows, up to the first that is full, and how long that remains so.
RESERVE: Final = """
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local ends = {}
for place, key in ipairs(KEYS) do
  local limit, period = tonumber(ARGV[2 * place - 1]), ARGV[2 * place]
  local window_end = tonumber(redis.call('HGET', key, 'end') or '0')
  if window_end <= now then
    redis.call('DEL', key)
    window_end = now + tonumber(period)
    redis.call('HSET', key, 'end', window_end, 'count', 0)
    redis.call('PEXPIRE', key, period)
  end
  if tonumber(redis.call('HGET', key, 'count')) >= limit then return {ends, window_end - now} end
  redis.call('HINCRBY', key, 'count', 1)
  ends[place] = window_end
end
return {ends, 0}
"""
# Only in the windows that the places were taken in. ARGV: the ends of KEYS.
RELEASE: Final = """
for place, key in ipairs(KEYS) do
  if redis.call('HGET', key, 'end') == ARGV[place] then redis.call('HINCRBY', key, 'count', -1) end
end
"""

log = structlog.get_logger("accounts.throttling")


class RedisCounters:
    """Each call is bounded: no retries, and a deadline on connecting and on answering."""

    def __init__(self, url: str) -> None:
        self._client = redis.Redis.from_url(
            url,
            socket_timeout=DEADLINE_SECONDS,
            socket_connect_timeout=DEADLINE_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
        self._reserve = self._client.register_script(RESERVE)
        self._release = self._client.register_script(RELEASE)

    def reserve(self, *places: Place) -> Taken:
        bounds = chain.from_iterable((place.limit.count, place.limit.period_seconds * 1000) for place in places)
        ends, left = self._reserve(keys=[_name(place.key) for place in places], args=list(bounds))
        taken = [Reservation(place.key, end) for place, end in zip(places, ends, strict=False)]
        if len(taken) == len(places):
            return Taken(taken)
        return Taken(taken, Full(places[len(taken)].key, retry_after=max(1, ceil(left / 1000))))

    def release(self, *reservations: Reservation) -> None:
        self._release(keys=[_name(each.key) for each in reservations], args=[each.window_end for each in reservations])

    def forget(self, *keys: str) -> None:
        self._client.delete(*map(_name, keys))


def _name(key: str) -> str:
    return f"authservice:attempts:{key}"


class CountersWithFallback:
    """Counts in `first` while it answers, and in `second` for a few seconds after it did not."""

    def __init__(self, first: Counters, second: Counters) -> None:
        self._first, self._second = first, second
        self._rests_until = 0.0

    def reserve(self, *places: Place) -> Taken:
        if not self._rests():
            try:
                return self._first.reserve(*places)
            except redis.RedisError as exc:
                self._rest(exc)
        return self._second.reserve(*places)

    def release(self, *reservations: Reservation) -> None:
        """Each where it was taken: Redis counts milliseconds, the database keeps dates, and may raise."""
        if in_first := [each for each in reservations if isinstance(each.window_end, int)]:
            try:
                self._first.release(*in_first)
            except redis.RedisError as exc:
                self._rest(exc)
        if in_second := [each for each in reservations if not isinstance(each.window_end, int)]:
            self._second.release(*in_second)

    def forget(self, *keys: str) -> None:
        """In both: a window may have been kept in either. What Redis can't forget now closes by itself."""
        self._second.forget(*keys)
        if self._rests():
            return
        try:
            self._first.forget(*keys)
        except redis.RedisError as exc:
            self._rest(exc)

    def _rests(self) -> bool:
        return time.monotonic() < self._rests_until

    def _rest(self, cause: redis.RedisError) -> None:
        self._rests_until = time.monotonic() + REST_SECONDS
        metrics.THROTTLE_FALLBACKS.inc()
        log.warning("redis_unavailable", error=type(cause).__name__, rests_seconds=REST_SECONDS)


def with_fallback(url: str) -> CountersWithFallback:
    return CountersWithFallback(RedisCounters(url), DatabaseCounters())
