"""Whether two things take the same time, told from many samples of each, whatever else the machine does.

What is measured is the time of the whole process on the processor, whichever of its threads works: a neighbour's load
makes waiting longer, not work. What waits instead of working asks the database: `statements_of` tells by that.
"""

import gc
import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from typing import Final

from django.db import connection
from django.test.utils import CaptureQueriesContext

RESAMPLES: Final = 1000
WRITES: Final = frozenset({"INSERT", "UPDATE", "DELETE"})

Call = Callable[[], object]
Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Interval:
    low: float
    high: float

    def is_within(self, bound: float) -> bool:
        return -bound <= self.low and self.high <= bound

    def is_beyond(self, bound: float) -> bool:
        return self.low > bound or self.high < -bound


def sample(calls: Mapping[str, Call], samples: int, clock: Clock = time.process_time) -> dict[str, list[float]]:
    """Seconds of each, in turns and in a new order each time, so that what changes meanwhile changes for all."""
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    order = list(calls)
    with _undisturbed():
        for _ in range(samples):
            random.shuffle(order)
            for name in order:
                started = clock()
                calls[name]()
                seconds[name].append(clock() - started)
    return seconds


@contextmanager
def _undisturbed() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def difference(one: list[float], other: list[float]) -> Interval:
    """95 % interval of the difference of the medians, by bootstrap. Turns are drawn, with both of their samples, which
    have in common what the machine was doing.
    """
    chance = random.Random(1)  # the same samples give the same interval
    turns = range(len(one))

    def draw() -> float:
        drawn = chance.choices(turns, k=len(turns))
        return median(one[turn] for turn in drawn) - median(other[turn] for turn in drawn)

    drawn = sorted(draw() for _ in range(RESAMPLES))
    return Interval(drawn[RESAMPLES // 40], drawn[-RESAMPLES // 40 - 1])


def statements_of(call: Call) -> list[str]:
    """What it asks of the database, in this order: `WRITE`, which waits for a disk, and the rest by its verb."""
    with CaptureQueriesContext(connection) as captured:
        call()
    verbs = (query["sql"].split(maxsplit=1)[0].upper() for query in captured.captured_queries)
    return ["WRITE" if verb in WRITES else verb for verb in verbs]
