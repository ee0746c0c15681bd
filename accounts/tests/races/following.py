"""Those who follow the log while others write it: by the cursor, by a process's own reader, and by its tail."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol
from uuid import UUID

from django.db import connections

from accounts.notices import cursor
from accounts.notices.reader import START, Reader
from accounts.notices.tail import Tail
from accounts.principals import System
from accounts.services.following import notices

FOLLOWER = System("test")


class Follower(Protocol):
    met: list[tuple[int, UUID]]
    """Numbers and ids, in the order in which they were met."""

    def look(self) -> None:
        """One read."""

    def close(self) -> None: ...


class ByCursor:
    """As `GET /notices` is used."""

    def __init__(self, limit: int = 50) -> None:
        self.met: list[tuple[int, UUID]] = []
        self._limit, self._after = limit, cursor.write(START)

    def look(self) -> None:
        page = notices.read(actor=FOLLOWER, after=self._after, limit=self._limit)
        self.met += [(notice.seq or 0, notice.pk) for notice in page.notices]
        self._after = page.cursor

    def close(self) -> None:
        """It has no connection of its own."""


class ByReader:
    """As a process of this service reads the log."""

    def __init__(self) -> None:
        self.met: list[tuple[int, UUID]] = []
        self._reader, self._position = Reader(), START

    def look(self) -> None:
        entries = self._reader.since(self._position.seq, limit=1000)
        if self._position != START:
            assert entries.pop(0).position == self._position
        for entry in entries:
            self.met.append((entry.position.seq, UUID(str(entry.position.notice_id))))
            self._position = entry.position

    def close(self) -> None:
        self._reader.close()


class Listening(Tail):
    """A tail that remembers whom it heard of, without a break: a new stretch begins where it forgot everything."""

    def __init__(self) -> None:
        self.stretches: list[list[str]] = [[]]
        super().__init__()

    def heed(self, notice_type: str, subject: str) -> None:
        self.stretches[-1].append(subject)
        super().heed(notice_type, subject)

    def forget_everything(self) -> None:
        self.stretches.append([])
        super().forget_everything()


@contextmanager
def following(look: Callable[[], object], *, pause_seconds: float = 0.002) -> Iterator[None]:
    """Meanwhile a thread of its own looks, over and over; what it raised is raised at the end."""
    stop, failures = threading.Event(), list[Exception]()

    def run() -> None:
        try:
            while not stop.wait(pause_seconds):
                look()
        except Exception as exc:  # noqa: BLE001 - handed to the caller
            failures.append(exc)
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(30)
    if failures:
        raise failures[0]
