"""Reads the auth service's log of notices, page by page."""

import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Final

from authservice_connector.credentials import ServiceToken
from authservice_connector.errors import CannotTell
from authservice_connector.transport import TooLarge, Transport

__all__ = ["CursorExpired", "NoticeFeed", "Page", "seconds_apart"]

LIMITS: Final = (200, 20, 2)
"""A page at most; the smaller ones where it is too large."""

MALFORMED: Final = "The auth service's answer to GET /notices does not read."


class CursorExpired(Exception):  # noqa: N818
    """What follows the cursor may have been missed: begin without one, and take over everything anew."""


@dataclass(frozen=True, slots=True)
class Page:
    """`cursor` is to be kept with what was made of the notices. `is_complete`: the end of the log was reached.

    `clocks_apart`: the seconds by which the auth service's clock is ahead of this machine's, at least.
    """

    notices: Sequence[Mapping[str, Any]]
    cursor: str
    is_complete: bool
    clocks_apart: float = 0.0


class NoticeFeed:
    """Thread-safe. `types`: what is wanted of the log; all without any. The cursor passes over the rest."""

    def __init__(self, transport: Transport, token: ServiceToken, *, types: Collection[str] = ()) -> None:
        self._transport, self._token = transport, token
        self._only = {"types": ",".join(types)} if types else {}

    def read(self, cursor: str | None) -> Page:
        """None begins at the oldest notice that an unexpired token could meet. CursorExpired, or CannotTell."""
        *larger, smallest = LIMITS
        for limit in larger:
            with suppress(TooLarge):
                return self._read(cursor, limit)
        return self._read(cursor, smallest)

    def _read(self, cursor: str | None, limit: int) -> Page:
        query = {"limit": str(limit)} | self._only | ({} if cursor is None else {"after": cursor})
        token = self._token.get()
        sent_on = time.time()
        answer = self._transport.get("/notices", query=query, bearer=token)
        match answer.status:
            case 200:
                apart = seconds_apart(answer.date, sent_on, time.time())
                return _page(answer.document, apart or 0.0)
            case 410:
                raise CursorExpired
            case 401:
                self._token.drop(token)
                raise CannotTell("This service's own token was refused.")
            case 403:
                raise CannotTell("This service's client lacks the scope `notices:read`.", retry_after=30)
            case _:
                raise CannotTell(f"The auth service answers {answer.status} to GET /notices.")


def _page(document: Mapping[str, Any], clocks_apart: float) -> Page:
    notices, cursor, is_complete = (document.get(name) for name in ("notices", "cursor", "complete"))
    if not isinstance(notices, list) or not isinstance(cursor, str) or not isinstance(is_complete, bool):
        raise CannotTell(MALFORMED)
    return Page(notices, cursor, is_complete, clocks_apart)


def seconds_apart(date: str, sent_on: float, answered_on: float) -> float | None:
    """By how much the clock of who told the date is ahead of this one, at least: it tells whole seconds, at some time
    between the two. None without a date: as RFC 9110 section 6.6.1 has it, such an answer is of when it came.
    """
    try:
        told = parsedate_to_datetime(date).timestamp()
    except ValueError:
        return None
    least, most = told - answered_on, told + 1 - sent_on
    return 0.0 if least <= 0 <= most else min(least, most, key=abs)
