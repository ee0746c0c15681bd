"""`GET /notices?after=…` from a follower: that nothing is new, as most polls are told, or what is."""

import re
from functools import lru_cache
from typing import Final

from accounts.fastlane import believing, plain
from accounts.fastlane.pages import Asked, Pages
from accounts.fastlane.plain import Environ
from accounts.fastlane.rendering import Rendering
from accounts.fastlane.routes import Answer
from accounts.models import NoticeType, ServiceClient
from accounts.notices import cursor
from accounts.notices.tail import tail
from accounts.principals import Caller
from accounts.services import authorisation
from accounts.services.authorisation import Action

QUERY: Final = re.compile(
    r"(?:limit=(1[0-9]{2}|200|[1-9][0-9]?)&)?(?:types=([a-z_.]+(?:%2C[a-z_.]+)*)&)?after=([A-Za-z0-9_-]{32})"
)
"""As our connector writes it; what is more, or less, or in another order, is a doubt."""


class Following:
    """After a suspension a whole fleet asks for the same page at once, so it is read once."""

    def __init__(self, rendering: Rendering) -> None:
        self._nothing_new = rendering.empty_page
        self._pages = Pages(rendering)

    def is_plain(self, environ: Environ) -> bool:
        return (
            plain.is_for_us(environ)
            and plain.takes_json(environ)
            and plain.has_no_body(environ)
            and QUERY.fullmatch(str(environ.get("QUERY_STRING"))) is not None
        )

    def answer(self, environ: Environ) -> Answer | None:
        """To service clients alone: what people may do is asked of the database."""
        believed = believing.believe(believing.shown_token(environ))
        if believed is None or not isinstance(believed.standing, ServiceClient):
            return None
        caller = believed.seen.principal
        authorisation.require(Action.READ_NOTICES, actor=caller)
        body = self._following(environ["QUERY_STRING"], caller)
        return None if body is None else Answer(body, looks=believed.looks)

    def _following(self, query: str, caller: Caller) -> bytes | None:
        """None for what is no cursor, no limit or no type."""
        if (asked := _read(query)) is None:
            return None
        if tail.ends_at(asked.position):
            return self._nothing_new(asked.cursor)
        return self._pages.find(query) or self._pages.read(query, asked, caller)


def _read(query: str) -> Asked | None:
    if (parts := QUERY.fullmatch(query)) is None:
        return None
    limit, types, unverified_cursor = parts.groups()
    try:
        position, wanted = cursor.read(unverified_cursor), _types(types or "")
    except ValueError:
        return None
    return Asked(unverified_cursor, position, int(limit) if limit else None, wanted)


@lru_cache(maxsize=64)
def _types(text: str) -> frozenset[NoticeType]:
    """Each follower asks for its own; none for all. ValueError for what is no type."""
    return frozenset(NoticeType(name) for name in text.split("%2C")) if text else frozenset()
