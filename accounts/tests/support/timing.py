"""Whether two things take the same time, told from many samples of each, whatever else the machine does.

What is measured is the time of the thread on the processor: a neighbour's load makes waiting longer, not work.
"""

import gc
import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from typing import Final

RESAMPLES: Final = 1000

Call = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Interval:
    low: float
    high: float

    def is_within(self, bound: float) -> bool:
        return -bound <= self.low and self.high <= bound

    def is_beyond(self, bound: float) -> bool:
        return self.low > bound or self.high < -bound


def sample(calls: Mapping[str, Call], samples: int) -> dict[str, list[float]]:
    """Seconds of each, in turns and in a new order each time, so that what changes meanwhile changes for all."""
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    order = list(calls)
    with _undisturbed():
        for _ in range(samples):
            random.shuffle(order)
            for name in order:
                started = time.thread_time()
                calls[name]()
                seconds[name].append(time.thread_time() - started)
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
    """95 % interval of the difference of the medians, by bootstrap."""
    chance = random.Random(1)  # the same samples give the same interval
    drawn = sorted(
        median(chance.choices(one, k=len(one))) - median(chance.choices(other, k=len(other))) for _ in range(RESAMPLES)
    )
    return Interval(drawn[RESAMPLES // 40], drawn[-RESAMPLES // 40 - 1])
