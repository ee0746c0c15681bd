"""Reads the database for all who wait, in one statement: under load a read by itself costs more than what it is for.

Whoever comes while nobody reads does so at once. Whoever comes meanwhile waits, and the first of those then reads for
all of them: a read that was sent before somebody came may not know what they have to be told.
"""

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Generic, NamedTuple, TypeVar

from django.db import OperationalError, transaction

from accounts import clock
from accounts.notices.tail import tail

MAX_WAIT_SECONDS: Final = 2.0
"""For the read before to end, or for another to answer. Then nobody can tell."""

K = TypeVar("K")
V = TypeVar("V")


class Read(NamedTuple, Generic[V]):
    """What the database said; what had been heard, and when it was, before it was asked."""

    value: V
    mark: int
    began_at: float


def noted(read: Callable[[], V]) -> Read[V]:
    mark, began_at = tail.mark(), clock.now()
    return Read(read(), mark, began_at)


class _Batch(Generic[K, V]):
    """What is asked for together. `done` once there is an answer, or none will come."""

    def __init__(self) -> None:
        self.keys: dict[K, None] = {}
        self.done = threading.Event()
        self.answer: Read[Mapping[K, V]] | None = None


class Combined(Generic[K, V]):
    """Thread-safe. `find_all` says what there is under each key; what there is not is left out. Whoever asks for the
    same at the same moment gets the same object: not to be changed.
    """

    def __init__(self, find_all: Callable[[Sequence[K]], Mapping[K, V]]) -> None:
        self._find_all = find_all
        self.forget()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self.forget)

    def forget(self) -> None:
        """As in a new process."""
        self._joining, self._reading = threading.Lock(), threading.Lock()
        self._gathering: _Batch[K, V] | None = None

    def find(self, key: K) -> Read[V | None]:
        """By a read that is sent from now on. Who sends it gets what it raises, the others OperationalError.

        Within a transaction it is the caller's alone, over their connection.
        """
        is_alone = transaction.get_connection().in_atomic_block
        answer = self._ask([key]) if is_alone else self._ask_with_others(key)
        return Read(answer.value.get(key), answer.mark, answer.began_at)

    def _ask_with_others(self, key: K) -> Read[Mapping[K, V]]:
        with self._joining:
            batch = self._gathering
            if is_first := batch is None:
                batch = self._gathering = _Batch()
            batch.keys[key] = None
        if is_first:
            return self._ask_for(batch)
        batch.done.wait(MAX_WAIT_SECONDS)
        if batch.answer is None:
            raise OperationalError("whoever read for several has no answer")
        return batch.answer

    def _ask_for(self, batch: _Batch[K, V]) -> Read[Mapping[K, V]]:
        is_next = self._reading.acquire(timeout=MAX_WAIT_SECONDS)
        try:
            with self._joining:
                self._gathering = None  # before it is sent: whoever comes from here on is not answered by it
            if not is_next:
                raise OperationalError("the read before has no answer yet")
            batch.answer = self._ask([*batch.keys])
            return batch.answer
        finally:
            if is_next:
                self._reading.release()
            batch.done.set()

    def _ask(self, keys: Sequence[K]) -> Read[Mapping[K, V]]:
        return noted(lambda: self._find_all(keys))
