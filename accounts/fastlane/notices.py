"""`GET /notices?after=…` from a follower that has read everything: that nothing is new, as most polls are told."""

from typing import Final

from accounts.fastlane import believing, plain
from accounts.fastlane.plain import Environ
from accounts.fastlane.rendering import Rendering
from accounts.fastlane.routes import Answer
from accounts.models import ServiceClient
from accounts.notices import cursor
from accounts.notices.tail import tail
from accounts.services import authorisation
from accounts.services.authorisation import Action

AFTER: Final = "after="


class NothingNew:
    def __init__(self, rendering: Rendering) -> None:
        self._render = rendering.empty_page

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
        authorisation.require(Action.READ_NOTICES, actor=believed.seen.claims.principal)
        text = environ["QUERY_STRING"].removeprefix(AFTER)
        return Answer(self._render(text), looks=believed.looks) if _is_the_end(text) else None


def _is_the_end(unverified_cursor: str) -> bool:
    try:
        return tail.ends_at(cursor.read(unverified_cursor))
    except ValueError:
        return False
