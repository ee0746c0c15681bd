"""`GET /notices?after=…` from a follower: that nothing is new, as most polls are told, or what is."""

from typing import Final

from accounts.fastlane import believing, plain
from accounts.fastlane.pages import Pages
from accounts.fastlane.plain import Environ
from accounts.fastlane.rendering import Rendering
from accounts.fastlane.routes import Answer
from accounts.models import ServiceClient
from accounts.notices import cursor
from accounts.notices.tail import tail
from accounts.principals import Caller
from accounts.services import authorisation
from accounts.services.authorisation import Action

AFTER: Final = "after="


class Following:
    """After a suspension a whole fleet asks for the same page at once, so it is read once."""

    def __init__(self, rendering: Rendering) -> None:
        self._nothing_new = rendering.empty_page
        self._pages = Pages(rendering.page)

    def is_plain(self, environ: Environ) -> bool:
        """What follows `after=` is a cursor or ends in a doubt: a second parameter is no part of one."""
        return (
            plain.is_for_us(environ)
            and plain.takes_json(environ)
            and plain.has_no_body(environ)
            and str(environ.get("QUERY_STRING")).startswith(AFTER)
        )

    def answer(self, environ: Environ) -> Answer | None:
        """To service clients alone: what people may do is asked of the database."""
        believed = believing.believe(believing.shown_token(environ))
        if believed is None or not isinstance(believed.standing, ServiceClient):
            return None
        caller = believed.seen.claims.principal
        authorisation.require(Action.READ_NOTICES, actor=caller)
        body = self._following(environ["QUERY_STRING"].removeprefix(AFTER), caller)
        return None if body is None else Answer(body, looks=believed.looks)

    def _following(self, unverified_cursor: str, caller: Caller) -> bytes | None:
        """None for what is no cursor."""
        try:
            position = cursor.read(unverified_cursor)
        except ValueError:
            return None
        if tail.ends_at(position):
            return self._nothing_new(unverified_cursor)
        return self._pages.find(unverified_cursor) or self._pages.read(unverified_cursor, caller)
