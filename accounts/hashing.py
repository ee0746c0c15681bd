"""Where passwords are hashed: behind a bound, so that hashes never take the whole machine, and on threads that give way
to everything else.

Each thread that hashes keeps the 19 MiB that a hash takes, so there are no more of them than hash at once.
"""

import os
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import lru_cache
from typing import Final, TypeVar

from accounts import metrics
from accounts.conf import auth_settings
from accounts.errors import Busy

QUEUE_SECONDS: Final = 5.0
NICENESS: Final = 10
"""A tenth of a core that others want as well, and all of one that nobody wants: beside a crowd of verifications who
signs in waits longer, but not for it to end.
"""

T = TypeVar("T")


class _Places:
    """The slots of this process and the places in the queue for them."""

    def __init__(self, slots: int, queue: int) -> None:
        self._most, self._taken = slots + queue, 0
        self._lock = threading.Lock()
        self.slots = threading.BoundedSemaphore(slots)
        self.threads = ThreadPoolExecutor(slots, "hashing", initializer=_give_way)

    @property
    def are_taken(self) -> bool:
        return self._taken >= self._most

    @contextmanager
    def one(self) -> Iterator[None]:
        with self._lock:
            if self.are_taken:
                _refuse()
            self._taken += 1
        try:
            yield
        finally:
            with self._lock:
                self._taken -= 1


def is_full() -> bool:
    """Whether a hash would be refused at this moment. Takes no place: who is told no may still meet Busy."""
    return _places().are_taken


def refuse_if_full() -> None:
    """Busy if `is_full`: for a door that has not even read the password yet."""
    if is_full():
        _refuse()


def run(work: Callable[[], T]) -> T:
    """What `work` returns, on a thread that hashes. Busy at once when the queue is full, or after 5 s in it."""
    with slot() as places:
        return places.threads.submit(work).result()


@contextmanager
def slot() -> Iterator[_Places]:
    """One of the hash slots of this process. Busy as in `run`."""
    places = _places()
    with places.one():
        if not places.slots.acquire(timeout=QUEUE_SECONDS):
            _refuse()
        try:
            with metrics.PASSWORD_HASH_SECONDS.time():
                yield places
        finally:
            places.slots.release()


def _places() -> _Places:
    bounds = auth_settings.max_concurrent_hashes, auth_settings.hash_queue
    with _choosing:  # a cache by itself makes as many as ask at once for the first
        return _places_of(*bounds)


@lru_cache(maxsize=8)
def _places_of(slots: int, queue: int) -> _Places:
    return _Places(slots, queue)


def _refuse() -> None:
    metrics.PASSWORD_HASHES_REFUSED.inc()
    raise Busy(retry_after=1)


def _give_way() -> None:
    """On Linux niceness is a thread's own; elsewhere it would be the whole process's."""
    if sys.platform == "linux":
        with suppress(OSError):  # where a sandbox forbids it, hashes are as urgent as everything else
            os.nice(NICENESS)


def _forget() -> None:
    """As in a new process: the threads stayed behind."""
    global _choosing  # noqa: PLW0603 - somebody may have held it
    _choosing = threading.Lock()
    _places_of.cache_clear()


_choosing = threading.Lock()

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
