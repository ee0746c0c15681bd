"""The ring, held against the log of notices: which key may be believed now, and which signs.

A withdrawn key is believed no more once this process has heard of it. Where the log can't be read the table is asked,
and where that fails too the answer is TemporarilyUnavailable. Signing and publishing go on from memory meanwhile.
"""

import os
import threading
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any, Final

from django.db import transaction

from accounts.errors import TemporarilyUnavailable
from accounts.keys.key import RingKey
from accounts.keys.ring import ring
from accounts.models import KeyPurpose, NoticeType
from accounts.notices.tail import tail

NOTHING_READ: Final = -1


def find(kid: str, purpose: KeyPurpose) -> RingKey | None:
    """The key of that name and purpose; None when there is none, or none any more.

    Within a transaction the log is not read, as in `standing.recall`.
    """
    _catch_up()
    return ring.find(kid, purpose)


def find_kept(kid: str, purpose: KeyPurpose) -> RingKey | None:
    """As `find`, from memory alone; None also where that would ask the table."""
    return ring.find_kept(kid, purpose) if _is_kept_up() else None


def longest_life(purpose: KeyPurpose) -> timedelta:
    """Of anything signed for that purpose that may be alive."""
    _catch_up()
    return ring.longest_life(purpose)


def signing_key(purpose: KeyPurpose) -> RingKey:
    """TemporarilyUnavailable when there is none."""
    _catch_up_if_possible()
    return ring.signing_key(purpose)


def published() -> list[Mapping[str, Any]]:
    """The public keys, for the JWKS."""
    _catch_up_if_possible()
    return ring.published()


def kept_published() -> list[Mapping[str, Any]]:
    """As `published`, from memory alone; empty also where that would ask the table."""
    return ring.kept_published() if _is_kept_up() else []


def _is_kept_up() -> bool:
    return tail.keeps_up() and hearing.is_up_to_date()


def _catch_up() -> None:
    if transaction.get_connection().in_atomic_block or not tail.keeps_up():
        ring.require_fresh()
    else:
        hearing.catch_up()


def _catch_up_if_possible() -> None:
    if not transaction.get_connection().in_atomic_block and tail.keeps_up():
        with suppress(TemporarilyUnavailable):
            hearing.catch_up()


class Hearing:
    """Up to which mark of the tail the ring is good: it was read after that mark was noted."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """As in a new process, whose tail begins to count anew."""
        self._lock = threading.Lock()
        self._mark = NOTHING_READ

    def catch_up(self) -> None:
        """Read the ring if keys were named since it was read; TemporarilyUnavailable if that can't be done."""
        if self.is_up_to_date():
            return
        with self._lock:
            if self.is_up_to_date():
                return
            mark = tail.mark()
            ring.reread()
            self._mark = mark

    def is_up_to_date(self) -> bool:
        """Whether no keys were named since the ring was read, as far as this process has heard."""
        return tail.still_holds(self._mark, NoticeType.KEYS_CHANGED)


hearing: Final = Hearing()
"""The process's own."""

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=hearing.forget)
