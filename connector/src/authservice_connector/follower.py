"""Follows the log of notices in a thread of its own, and knows how fresh what it heard is."""

import logging
import os
import random
import threading
from collections.abc import Callable
from typing import Final

from authservice_connector import clock
from authservice_connector.errors import CannotTell
from authservice_connector.feed import CursorExpired, NoticeFeed, Page
from authservice_connector.keys import KeySet
from authservice_connector.refusals import HEEDED, Refusals

__all__ = ["FOLLOWED", "Follower"]

FOLLOWED: Final = (*HEEDED, "keys.changed")
"""What is heeded here of the log. The rest of it is not worth fetching."""

POLL_SECONDS: Final = 1.0
JITTER: Final = 0.2
"""So that a fleet that was started at once does not poll at once for ever."""

MAX_CLOCKS_APART_SECONDS: Final = 30.0
"""A window leaves out what its reader's clock may still believe, were that to lag by more."""

NEVER: Final = float("-inf")

log = logging.getLogger("authservice_connector")


class Follower:
    """One a process. `wake` starts it; what a fork leaves behind is not the child's, which makes its own."""

    def __init__(
        self, feed: NoticeFeed, *, refusals: Refusals, keys: KeySet, heard: Callable[[], object] = lambda: None
    ) -> None:
        """`heard` is called after each poll that found something. It must not wait for anything: it is waited for."""
        self._feed, self._refusals, self._keys, self._heard = feed, refusals, keys, heard
        self._cursor: str | None = None
        self._complete_at = NEVER
        self._thread: threading.Thread | None = None
        self._starting, self._stopping = threading.Lock(), threading.Event()
        self._is_in_trouble = False

    def wake(self) -> None:
        """Start the thread if there is none, or none any more."""
        if self._is_running():
            return
        with self._starting:
            if not self._is_running() and not self._stopping.is_set():
                self._thread = threading.Thread(target=self._run, name="authservice-follower", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """For good."""
        self._stopping.set()

    def age(self) -> float:
        """Seconds since the last request was sent that was answered up to the end of the log; infinite before."""
        return clock.now() - self._complete_at

    def poll(self) -> None:
        """Read up to the end of the log. CannotTell, in which case nothing is fresher than before."""
        try:
            self._read_to_end()
        except CursorExpired:
            self._begin_anew()
            self._read_to_end()

    def _is_running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._try_to_poll()
            self._stopping.wait(POLL_SECONDS * random.uniform(1 - JITTER, 1))  # noqa: S311 - no secret

    def _try_to_poll(self) -> None:
        """Whatever goes wrong, the thread goes on; meanwhile freshness ends by itself."""
        try:
            self.poll()
        except CannotTell as exc:
            self._tell(str(exc))
        except Exception as exc:  # noqa: BLE001 - a follower that dies of a surprise helps nobody
            self._tell(f"{type(exc).__name__}")
        else:
            self._tell_recovered()

    def _read_to_end(self) -> None:
        before = self._cursor
        if before is None:
            self._keys.refetch()  # what was withdrawn before the window that is read now has no notice in it
        while not self._stopping.is_set():
            sent_at = clock.now()
            page = self._read_page()
            if page.is_complete:
                self._complete(page, sent_at, has_news=page.cursor != before)
                return

    def _complete(self, page: Page, sent_at: float, *, has_news: bool) -> None:
        self._refusals.take_over()
        if abs(page.clocks_apart) <= MAX_CLOCKS_APART_SECONDS:
            self._complete_at = sent_at
        self._refusals.drop_old()
        if has_news:
            self._heard()
        self._keys.renew_ahead()
        if abs(page.clocks_apart) > MAX_CLOCKS_APART_SECONDS:
            raise CannotTell(f"The auth service's clock and this machine's are {page.clocks_apart:.0f} s apart.")

    def _read_page(self) -> Page:
        """Heeded whole before the cursor moves on: what fails is read again."""
        try:
            page = self._feed.read(self._cursor)
            for notice in page.notices:
                self._refusals.heed(notice)
                if notice["type"] == "keys.changed" and notice["data"].get("stage") == "withdrawn":
                    self._keys.withdraw(notice["subject"])
            if any(notice["type"] == "keys.changed" for notice in page.notices):
                self._keys.refetch()
        except (KeyError, TypeError, ValueError, AttributeError) as exc:
            raise CannotTell("A notice does not read.") from exc
        if page.cursor == self._cursor and not page.is_complete:
            raise CannotTell("The log of notices goes on, and leads nowhere.")
        self._cursor = page.cursor
        return page

    def _begin_anew(self) -> None:
        """The log is another one, or goes on too far from here."""
        log.warning("The log of notices does not know our position any more; reading it anew.")
        self._cursor, self._complete_at = None, NEVER
        self._refusals.begin_anew()
        self._keys.forget_withdrawn()

    def _tell(self, reason: str) -> None:
        """Once, not every second."""
        if not self._is_in_trouble:
            log.warning("Notices can't be followed: %s", reason)
        self._is_in_trouble = True

    def _tell_recovered(self) -> None:
        if self._is_in_trouble:
            log.warning("Notices are followed again (process %s).", os.getpid())
        self._is_in_trouble = False
