"""Remembers what a file has said, in a file of its own that nobody else sees: memory stays flat, however many come."""

import sqlite3
from hashlib import blake2b
from types import TracebackType
from typing import Final, Self

DIGEST_BYTES: Final = 16


class Seen:
    """Digests alone, and the lines where they stood first; gone with the process."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)  # on disk as soon as it is large, without a name
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute("CREATE TABLE seen (digest BLOB PRIMARY KEY, line INTEGER) WITHOUT ROWID")

    def note(self, what: str, line: int) -> int:
        """The line where it stood first, which may be this one."""
        row = (blake2b(what.encode(), digest_size=DIGEST_BYTES).digest(), line)
        if self._database.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", row).rowcount:
            return line
        ((first,),) = self._database.execute("SELECT line FROM seen WHERE digest = ?", row[:1])
        return int(first)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._database.close()
