"""Threads that stay for many rounds, with their connections, and act together in each."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Generic, Protocol, TypeVar

from django.db import connections

T = TypeVar("T")

_ROUND_SECONDS = 60.0


class AllAtOnce(Protocol[T]):
    def __call__(self, meanwhile: Callable[[], object] = ...) -> list[T]: ...


def _nothing() -> None: ...


class _Crew(Generic[T]):
    def __init__(self, work: Callable[[int], T], threads: int) -> None:
        self._work = work
        self._outcomes: list[T | Exception] = []
        self._threads = threads
        self._line = threading.Barrier(threads + 1)

    def all_at_once(self, meanwhile: Callable[[], object] = _nothing) -> list[T]:
        """One round; what each returned, or an ExceptionGroup. `meanwhile` runs in the caller's thread."""
        self._outcomes = [RuntimeError("did not finish")] * self._threads
        self._line.wait(_ROUND_SECONDS)
        try:
            meanwhile()
        finally:
            self._line.wait(_ROUND_SECONDS)
        if failures := [outcome for outcome in self._outcomes if isinstance(outcome, Exception)]:
            raise ExceptionGroup(f"{len(failures)} of {self._threads} threads failed", failures)
        return [outcome for outcome in self._outcomes if not isinstance(outcome, Exception)]

    def serve(self, index: int) -> None:
        try:
            while True:
                self._line.wait()
                self._outcomes[index] = self._outcome(index)
                self._line.wait()
        except threading.BrokenBarrierError:
            return
        finally:
            connections.close_all()

    def _outcome(self, index: int) -> T | Exception:
        try:
            return self._work(index)
        except Exception as exc:  # noqa: BLE001 - handed to the caller
            return exc

    def dismiss(self) -> None:
        self._line.abort()


@contextmanager
def crew(work: Callable[[int], T], *, threads: int) -> Iterator[AllAtOnce[T]]:
    """`with crew(work, threads=20) as all_at_once:`, and each `all_at_once()` is a round of `work(0)` … `work(19)`."""
    members = _Crew(work, threads)
    with ThreadPoolExecutor(threads) as pool:
        for index in range(threads):
            pool.submit(members.serve, index)
        try:
            yield members.all_at_once
        finally:
            members.dismiss()
