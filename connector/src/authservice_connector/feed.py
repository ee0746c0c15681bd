"""Reads the auth service's log of notices, page by page."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Final

from authservice_connector.credentials import ServiceToken
from authservice_connector.errors import CannotTell
from authservice_connector.transport import Transport

__all__ = ["CursorExpired", "NoticeFeed", "Page"]

LIMIT: Final = "200"
MALFORMED: Final = "The auth service's answer to GET /notices does not read."


class CursorExpired(Exception):  # noqa: N818
    """What follows the cursor may have been missed: begin without one, and take over everything anew."""


@dataclass(frozen=True, slots=True)
class Page:
    """`cursor` is to be kept with what was made of the notices. `is_complete`: the end of the log was reached.

    `clocks_apart`: the seconds by which the auth service's clock is ahead of this machine's, at worst.
    """

    notices: Sequence[Mapping[str, Any]]
    cursor: str
    is_complete: bool
    clocks_apart: float = 0.0


class NoticeFeed:
    """Thread-safe."""

    def __init__(self, transport: Transport, token: ServiceToken) -> None:
        self._transport, self._token = transport, token

    def read(self, cursor: str | None) -> Page:
        """None begins at the oldest notice that an unexpired token could meet. CursorExpired, or CannotTell."""
        query = {"limit": LIMIT} | ({} if cursor is None else {"after": cursor})
        token = self._token.get()
        sent_on = time.time()
        answer = self._transport.get("/notices", query=query, bearer=token)
        match answer.status:
            case 200:
                return _page(answer.document, _seconds_apart(answer.date, sent_on, time.time()))
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


def _seconds_apart(date: str, sent_on: float, answered_on: float) -> float:
    """Of whole seconds, told at some time between the two. Nothing to compare: as RFC 9110 section 6.6.1 has it, an
    answer without a date is of when it came.
    """
    try:
        told = parsedate_to_datetime(date).timestamp()
    except ValueError:
        return 0.0
    return max(told + 1 - sent_on, told - answered_on, key=abs)
