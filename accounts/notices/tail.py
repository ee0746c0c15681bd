"""What this process knows of the end of the log: how fresh its memory is, and whom notices have named of late.

Nothing here holds what is remembered. Whoever remembers something notes `mark()` before reading it from the database,
and may rely on it while `keeps_up()` and `still_holds(mark, subject)`.
"""

import os
import threading
from collections import deque
from collections.abc import Callable
from typing import Final

from django.db import DatabaseError, InterfaceError
from django.db.backends.base.base import BaseDatabaseWrapper

from accounts import clock, metrics
from accounts.models import NoticeType
from accounts.notices.reader import START, Position, Reader

MEMORY_SECONDS: Final = 4.5
"""For how long anything may be remembered, whatever the log says: what leaves no notice is to be felt within 5 s."""

READ_EVERY_SECONDS: Final = 0.25
RELIED_ON_SECONDS: Final = 2.0
"""How long after the last good read was sent."""

PAUSE_AFTER_FAILURE_SECONDS: Final = 0.5
BATCH: Final = 1000
MAX_NAMED: Final = 50_000
NEVER: Final = float("-inf")

CONCERNS_EVERYBODY: Final = frozenset({NoticeType.GROUP_CHANGED})

HEARD_BY_TYPE: Final = frozenset({NoticeType.KEYS_CHANGED})
"""Named by its type, whatever the subject, and for good: the ring is kept for longer than MEMORY_SECONDS."""


class Tail:
    """Thread-safe. `_mark` grows with everything that is heard, so that a mark is a point in this process's hearing."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """As in a new process; also what a fork leaves behind is not this process's to use."""
        self._hearing, self._reading = threading.Lock(), threading.Lock()
        self._mark = self._all_named = 0
        self._named: dict[str, int] = {}
        self._named_at: deque[tuple[float, int, str]] = deque()
        self._position: Position = START
        self._read_at = self._due_at = NEVER
        self._is_well = False
        self._reader = Reader()
        self._has_appended = False

    def mark(self) -> int:
        """To be noted before the database is read."""
        return self._mark

    def still_holds(self, mark: int, subject: str) -> bool:
        """Whether nothing was heard of the subject since; for marks of the last MEMORY_SECONDS.

        Of what is HEARD_BY_TYPE the subject is the type, and the mark may be of any age.
        """
        # In this order: everybody is named before the names are dropped.
        return mark >= self._named.get(subject, 0) and mark >= self._all_named

    def keeps_up(self) -> bool:
        """Whether memory may be relied on now. Reads the log if that is due and nobody else is at it."""
        now = clock.now()
        if now >= self._due_at and self._reading.acquire(blocking=False):
            try:
                self._read(now)
            finally:
                self._reading.release()
            now = clock.now()
        return now - self._read_at <= RELIED_ON_SECONDS

    def beside(self, read: Callable[[BaseDatabaseWrapper], None]) -> None:
        """Lets `read` use the log's own connection, on which nobody waits long, unless another is at it.

        After a failure not before the log itself has been read again: nobody waits twice for a database that hangs.
        """
        if not self._is_well or not self._reading.acquire(blocking=False):
            return
        try:
            with self._reader.connected() as connection:
                read(connection)
        except (DatabaseError, InterfaceError):
            self._pause()
        finally:
            self._reading.release()

    def ends_at(self, position: Position) -> bool:
        """Whether the log ended there when it was last read, READ_EVERY_SECONDS ago at most, and this process has
        committed no notice since.
        """
        if self._has_appended and self._is_well:
            self._due_at = NEVER  # at once, then: whoever asks may be one of a thousand who ask for the very same
        # In this order: a position is noted before the time of its read is.
        return (
            self.keeps_up()
            and clock.now() - self._read_at < READ_EVERY_SECONDS
            and not self._has_appended
            and self._position == position
        )

    def heed_own(self, notice_type: str, subject: str) -> None:
        """As `heed`, for what this process has just committed."""
        self._has_appended = True
        self.heed(notice_type, subject)

    def heed(self, notice_type: str, subject: str) -> None:
        """Forget what a notice names: read from the log, or just committed by this process."""
        with self._hearing:
            self._mark += 1
            if notice_type in CONCERNS_EVERYBODY or len(self._named_at) >= MAX_NAMED:
                self._name_everybody()
            elif notice_type in HEARD_BY_TYPE:
                self._named[notice_type] = self._mark
            else:
                self._named[subject] = self._mark
                self._named_at.append((clock.now(), self._mark, subject))

    def forget_everything(self) -> None:
        with self._hearing:
            self._mark += 1
            self._name_everybody()

    def close(self) -> None:
        """Let go of the connection; the next read opens one."""
        with self._reading:
            self._reader.close()

    def _name_everybody(self) -> None:
        self._all_named = self._mark
        self._named.clear()
        self._named_at.clear()

    def _read(self, sent_at: float) -> None:
        age = sent_at - self._read_at
        self._has_appended = False  # what is committed from here on may be behind the end that is read
        try:
            if age > MEMORY_SECONDS or not self._go_on():
                self._start_anew()
        except (DatabaseError, InterfaceError):
            self._pause()
            metrics.NOTICE_READS.labels("failed").inc()
            return
        self._read_at, self._due_at = sent_at, sent_at + READ_EVERY_SECONDS
        self._is_well = True
        self._drop_old_names(sent_at - MEMORY_SECONDS)
        metrics.NOTICE_READS.labels("read").inc()
        if age <= MEMORY_SECONDS:
            metrics.NOTICES_AGE_SECONDS.observe(age)

    def _pause(self) -> None:
        self._is_well = False
        self._due_at = clock.now() + PAUSE_AFTER_FAILURE_SECONDS

    def _go_on(self) -> bool:
        """False if this log is not the one that was read before, or has run away."""
        entries = self._reader.since(self._position.seq, limit=BATCH)
        if not entries:
            return self._position == START
        if entries[0].position != self._position:
            return False
        for entry in entries[1:]:
            self.heed(entry.type, entry.subject)
        self._position = entries[-1].position
        return len(entries) < BATCH

    def _start_anew(self) -> None:
        """The end is looked up first: what is remembered from here on is younger than all up to there."""
        self._position = self._reader.last()
        self.forget_everything()

    def _drop_old_names(self, before: float) -> None:
        """Names that are older than any memory refuse nothing any more."""
        with self._hearing:
            while self._named_at and self._named_at[0][0] < before:
                _, mark, subject = self._named_at.popleft()
                if self._named.get(subject) == mark:
                    del self._named[subject]


tail: Final = Tail()
"""The process's own."""

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=tail.reset)
