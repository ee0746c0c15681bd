"""Pages of notices that end where the log does, for all who ask for the same one meanwhile."""

import os
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, NamedTuple

from django.db import close_old_connections

from accounts import clock
from accounts.fastlane.rendering import Rendering
from accounts.models import NoticeType
from accounts.notices import cursor
from accounts.notices.reader import Position
from accounts.notices.tail import MEMORY_SECONDS, NEVER, tail
from accounts.principals import Caller
from accounts.services.following import notices


class Asked(NamedTuple):
    """By a query of a follower's. Without a limit as many as are given unless told; no types are all of them."""

    cursor: str
    position: Position
    limit: int | None
    types: frozenset[NoticeType]


@dataclass(frozen=True, slots=True)
class _Kept:
    """Up to one end, by the queries that they answer. `window` is what each notice's `expires` was made with."""

    end: str
    window: timedelta
    began_at: float
    bodies: dict[str, bytes] = field(default_factory=dict)

    def is_of(self, end: str, window: timedelta) -> bool:
        return self.end == end and self.window == window and clock.now() - self.began_at < MEMORY_SECONDS


MAX_PAGES: Final = 64
"""Of up to 200 notices each; a follower that asks in a way of its own has its own."""

NOTHING: Final = _Kept("", timedelta(), NEVER)


class Pages:
    """Notices are never changed, so what lies between two places is the same as long as the second one is the end: that
    the tail says, for each answer anew. For some seconds only: what follows a place is not told once that is removed.
    """

    def __init__(self, rendering: Rendering) -> None:
        self._render = rendering.page
        self.forget()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self.forget)

    def forget(self) -> None:
        """As in a new process."""
        self._kept = NOTHING

    def find(self, query: str) -> bytes | None:
        kept = self._kept
        if (body := kept.bodies.get(query)) is None or not kept.is_of(kept.end, notices.refusal_window()):
            return None
        return body if tail.ends_at(cursor.read(kept.end)) else None

    def read(self, query: str, asked: Asked, caller: Caller) -> bytes:
        """Of the database; kept if it goes up to the end. Raises as `notices.read`."""
        close_old_connections()  # as each of Django's requests begins
        window, began_at = notices.refusal_window(), clock.now()
        body, page = self._render(asked.cursor, caller, limit=asked.limit, types=asked.types)
        if page.complete:
            self._keep(query, body, _Kept(page.cursor, window, began_at))
        return body

    def _keep(self, query: str, body: bytes, anew: _Kept) -> None:
        """With others up to the same end; those up to another are of no use any more."""
        kept = self._kept
        if not kept.is_of(anew.end, anew.window):
            kept = self._kept = anew
        if len(kept.bodies) < MAX_PAGES:
            kept.bodies[query] = body
