"""Asks about one token without pause, and remembers when it was last believed."""

import threading
import time
from collections.abc import Iterator, Set
from contextlib import contextmanager

from accounts.tests.races import people
from accounts.tests.support.processes import Server

REFUSED = {(401, "session_revoked"), (401, "account_suspended")}


class Watch:
    """What one server has said of one token so far."""

    def __init__(self, server: Server, token: str, refusals: Set[tuple[int, str]]) -> None:
        self._server, self._token, self._refusals = server, token, refusals
        self._is_over = threading.Event()
        self._is_believed, self._is_refused = threading.Event(), threading.Event()
        self._yes: list[tuple[float, float]] = []
        self.others: list[tuple[int, str]] = []
        """Whatever was neither “yes” nor a refusal that belongs here."""

    def run(self) -> None:
        with self._server.client() as client:
            while not self._is_over.is_set():
                began = time.monotonic()
                verdict = people.verdict(client.post("/auth/verify", {"token": self._token}))
                if verdict == (200, ""):
                    self._yes.append((began, time.monotonic()))
                    self._is_believed.set()
                elif verdict in self._refusals:
                    self._is_refused.set()
                else:
                    self.others.append(verdict)

    def stop(self) -> None:
        self._is_over.set()

    def wait_until_believed(self) -> None:
        assert self._is_believed.wait(10)

    def wait_until_refused(self, *, seconds: float) -> None:
        assert self._is_refused.wait(seconds), f"still believed after {seconds} s"

    @property
    def is_refused(self) -> bool:
        """Whether it ever was."""
        return self._is_refused.is_set()

    def last_yes_after(self, moment: float) -> float:
        """Seconds from the moment to the answer of the last “yes” to a request begun after it; 0 without one."""
        return max((answered - moment for began, answered in self._yes if began >= moment), default=0.0)


@contextmanager
def watch(server: Server, token: str, *, refusals: Set[tuple[int, str]] = REFUSED) -> Iterator[Watch]:
    """`with watch(server, token) as watched:` until the end of the block."""
    watched = Watch(server, token, refusals)
    thread = threading.Thread(target=watched.run)
    thread.start()
    try:
        watched.wait_until_believed()
        yield watched
    finally:
        watched.stop()
        thread.join()
