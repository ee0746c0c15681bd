"""Attempts counted in Redis or Valkey, and in the database whenever that does not answer in time."""

import time
from math import ceil
from typing import Final

import redis
import structlog
from redis.backoff import NoBackoff
from redis.retry import Retry

from accounts import metrics
from accounts.conf import Limit
from accounts.throttling.counters import Counters, Full, Reservation

DEADLINE_SECONDS: Final = 0.25
REST_SECONDS: Final = 3.0

# A hash holds a window: its count and, by the server's clock, its end. KEYS[1]; ARGV: limit, period in ms.
RESERVE: Final = """
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local window_end = tonumber(redis.call('HGET', KEYS[1], 'end') or '0')
if window_end <= now then
  redis.call('DEL', KEYS[1])
  window_end = now + tonumber(ARGV[2])
  redis.call('HSET', KEYS[1], 'end', window_end, 'count', 0)
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
if tonumber(redis.call('HGET', KEYS[1], 'count')) >= tonumber(ARGV[1]) then return {0, window_end - now} end
redis.call('HINCRBY', KEYS[1], 'count', 1)
return {1, window_end}
"""
# Only in the window that the place was taken in. KEYS[1]; ARGV: its end.
RELEASE: Final = """
if redis.call('HGET', KEYS[1], 'end') == ARGV[1] then redis.call('HINCRBY', KEYS[1], 'count', -1) end
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

    def reserve(self, key: str, limit: Limit) -> Reservation | Full:
        taken, value = self._reserve(keys=[_name(key)], args=[limit.count, limit.period_seconds * 1000])
        return Reservation(key, value) if taken else Full(retry_after=max(1, ceil(value / 1000)))

    def release(self, reservation: Reservation) -> None:
        self._release(keys=[_name(reservation.key)], args=[reservation.window_end])

    def forget(self, *keys: str) -> None:
        self._client.delete(*map(_name, keys))


def _name(key: str) -> str:
    return f"authservice:attempts:{key}"


class CountersWithFallback:
    """Counts in `first` while it answers, and in `second` for a few seconds after it did not."""

    def __init__(self, first: Counters, second: Counters) -> None:
        self._first, self._second = first, second
        self._rests_until = 0.0

    def reserve(self, key: str, limit: Limit) -> Reservation | Full:
        if not self._rests():
            try:
                return self._first.reserve(key, limit)
            except redis.RedisError as exc:
                self._rest(exc)
        return self._second.reserve(key, limit)

    def release(self, reservation: Reservation) -> None:
        """Where the place was taken: Redis counts milliseconds, the database keeps dates."""
        if not isinstance(reservation.window_end, int):
            self._second.release(reservation)
            return
        try:
            self._first.release(reservation)
        except redis.RedisError as exc:
            self._rest(exc)

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
