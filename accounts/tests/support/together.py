"""The same work in several threads at the same moment."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import connections

T = TypeVar("T")

_START_SECONDS = 30.0


def together(work: Callable[[int], T], *, threads: int) -> list[T]:
    """What `work(0)` … `work(threads - 1)` returned, in this order; an ExceptionGroup if any of them raised.

    Work on this process's database needs `transactional_db`: threads do not see an uncommitted transaction.
    """
    outcomes = outcomes_together(work, threads=threads)
    if failures := [outcome for outcome in outcomes if isinstance(outcome, Exception)]:
        raise ExceptionGroup(f"{len(failures)} of {threads} threads failed", failures)
    return [outcome for outcome in outcomes if not isinstance(outcome, Exception)]


def outcomes_together(work: Callable[[int], T], *, threads: int) -> list[T | Exception]:
    """As `together`, with the exceptions in the places of the results."""
    barrier = threading.Barrier(threads)

    def run(index: int) -> T | Exception:
        try:
            barrier.wait(_START_SECONDS)
            return work(index)
        except Exception as exc:  # noqa: BLE001 - handed to the caller
            return exc
        finally:
            connections.close_all()  # each thread has its own, which nobody else could close

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(run, range(threads)))
