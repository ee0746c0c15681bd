"""Counts the lane's answers, and hands them to the metrics four times a second: there each count takes a lock, and a
write to a file that all processes share.
"""

import atexit
import os
import threading
from bisect import bisect_left
from dataclasses import dataclass, field
from multiprocessing.util import Finalize
from time import perf_counter
from typing import Final

from accounts import metrics

FLUSH_EVERY_SECONDS: Final = 0.25


@dataclass(frozen=True, slots=True)
class Counted:
    """What a route counts as."""

    route: str
    method: str
    verifies: bool = True


@dataclass(slots=True)
class Sum:
    answers: int = 0
    looks: int = 0
    seconds: float = 0.0
    buckets: list[int] = field(default_factory=lambda: [0] * (len(metrics.REQUEST_BUCKETS) + 1))


class Tally:
    """Thread-safe. What is counted is in the metrics when a quarter of a second is over and another answer is given,
    at `flush`, or at the end of the process.
    """

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """As in a new process: the parent's counts are the parent's to hand on."""
        self._lock = threading.Lock()
        self._sums: dict[Counted, Sum] = {}
        self._flushed_at = perf_counter()

    def count(self, counted: Counted, began_at: float, looks: int) -> None:
        now = perf_counter()
        seconds = now - began_at
        with self._lock:
            if (total := self._sums.get(counted)) is None:
                total = self._sums[counted] = Sum()
            total.answers += 1
            total.looks += looks
            total.seconds += seconds
            total.buckets[bisect_left(metrics.REQUEST_BUCKETS, seconds)] += 1
        if now - self._flushed_at > FLUSH_EVERY_SECONDS:
            self.flush()

    def flush(self) -> None:
        with self._lock:
            sums, self._sums = self._sums, {}
            self._flushed_at = perf_counter()
        for counted, total in sums.items():
            _hand_on(counted, total)


def _hand_on(counted: Counted, total: Sum) -> None:
    metrics.REQUESTS.labels(counted.route, counted.method, 200).inc(total.answers)
    metrics.observe_many(metrics.REQUEST_SECONDS.labels(counted.route), total.seconds, total.buckets)
    metrics.FASTLANE_ANSWERS.labels(counted.route).inc(total.answers)
    metrics.STANDING_READS.labels("memory").inc(total.looks)
    if counted.verifies:
        metrics.VERIFICATIONS.labels("active").inc(total.answers)


tally: Final = Tally()
"""The process's own."""

# A child of `multiprocessing`, as Granian's workers are, ends without `atexit`; another process without the other one.
atexit.register(tally.flush)
Finalize(None, tally.flush, exitpriority=0)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=tally.forget)
