"""Calls one service with one token over and over, and remembers every answer and when it was."""

import http.client
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from accounts.tests.support.processes import Server

PATH: Final = "/orders"
CALL_SECONDS: Final = 15.0
BROKEN: Final = 0


@dataclass(frozen=True, slots=True)
class Seen:
    """An answer; `status` is BROKEN where none came."""

    began: float
    answered: float
    status: int
    retry_after: str
    said: str


class Watch:
    """What the service has answered so far."""

    def __init__(self, server: Server, token: str, path: str, pause_seconds: float) -> None:
        self._server, self._token, self._path, self._pause_seconds = server, token, path, pause_seconds
        self._is_over = threading.Event()
        self.seen: list[Seen] = []

    def run(self) -> None:
        with self._server.client(timeout_seconds=CALL_SECONDS) as client:
            while not self._is_over.wait(self._pause_seconds):
                began = time.monotonic()
                try:
                    answer = client.get(self._path, token=self._token)
                except (OSError, http.client.HTTPException) as exc:
                    self.seen.append(Seen(began, time.monotonic(), BROKEN, "", repr(exc)))
                    continue
                retry_after = answer.headers.get("Retry-After", "")
                said = answer.body.decode()[:200]
                self.seen.append(Seen(began, time.monotonic(), answer.status, retry_after, said))

    def stop(self) -> None:
        self._is_over.set()

    def wait_for(self, status: int, *, since: float = 0.0, seconds: float = 10.0) -> float:
        """When the first such answer to a request begun since then was there; AssertionError without one in time."""
        deadline = time.monotonic() + seconds
        while not (found := [each.answered for each in self.of(status) if each.began >= since]):
            assert time.monotonic() < deadline, f"no {status} in {seconds} s: {self.seen[-3:]}"
            time.sleep(0.02)
        return found[0]

    def of(self, status: int) -> list[Seen]:
        return [each for each in list(self.seen) if each.status == status]

    def between(self, begin: float, end: float) -> list[Seen]:
        """The answers to what was asked in that time."""
        return [each for each in list(self.seen) if begin <= each.began < end]

    def last_yes_after(self, moment: float) -> float:
        """Seconds from the moment to the answer of the last “yes” to a request begun after it; 0 without one."""
        return max((each.answered - moment for each in self.of(200) if each.began >= moment), default=0.0)


@contextmanager
def watch(server: Server, token: str, *, path: str = PATH, pause_seconds: float = 0.0) -> Iterator[Watch]:
    """Until the end of the block."""
    watched = Watch(server, token, path, pause_seconds)
    thread = threading.Thread(target=watched.run)
    thread.start()
    try:
        watched.wait_for(200)
        yield watched
    finally:
        watched.stop()
        thread.join()
