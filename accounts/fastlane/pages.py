"""Pages of notices that end where the log does, for all who ask for the same one meanwhile."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from django.db import close_old_connections

from accounts import clock
from accounts.notices import cursor
from accounts.notices.tail import MEMORY_SECONDS, NEVER, tail
from accounts.principals import Caller
from accounts.services.following import notices
from accounts.services.following.notices import Page


@dataclass(frozen=True, slots=True)
class _Kept:
    """Up to one end, by the cursors that they follow. `window` is what each notice's `expires` was made with."""

    end: str
    window: timedelta
    began_at: float
    bodies: dict[str, bytes] = field(default_factory=dict)

    def is_of(self, end: str, window: timedelta) -> bool:
        return self.end == end and self.window == window and clock.now() - self.began_at < MEMORY_SECONDS


NOTHING: Final = _Kept("", timedelta(), NEVER)


class Pages:
    """Notices are never changed, so what lies between two places is the same as long as the second one is the end: that
    the tail says, for each answer anew. For some seconds only: what follows a place is not told once that is removed.
    """

    def __init__(self, render: Callable[[str, Caller], tuple[bytes, Page]]) -> None:
        self._render = render
        self._kept = NOTHING

    def find(self, after: str) -> bytes | None:
        kept = self._kept
        if (body := kept.bodies.get(after)) is None or not kept.is_of(kept.end, notices.refusal_window()):
            return None
        return body if tail.ends_at(cursor.read(kept.end)) else None

    def read(self, after: str, caller: Caller) -> bytes:
        """Of the database; kept if it goes up to the end. Raises as `notices.read`."""
        close_old_connections()  # as each of Django's requests begins
        window, began_at = notices.refusal_window(), clock.now()
        body, page = self._render(after, caller)
        if page.complete:
            self._keep(after, body, _Kept(page.cursor, window, began_at))
        return body

    def _keep(self, after: str, body: bytes, anew: _Kept) -> None:
        """With others up to the same end, of which there are no more than notices in a page; those up to another are of
        no use any more.
        """
        kept = self._kept
        if not kept.is_of(anew.end, anew.window):
            kept = self._kept = anew
        kept.bodies[after] = body
