"""`POST /auth/verify`."""

from typing import Final

from accounts.fastlane import believing, plain
from accounts.fastlane.beside import Beside
from accounts.fastlane.plain import Environ
from accounts.fastlane.rendering import Rendering
from accounts.fastlane.routes import Answer
from accounts.models import Session

OPENINGS: Final = (b'{"token":"', b'{"token": "')
"""Of a body of one member, as programs write it."""

CLOSING: Final = b'"}'


class Verify:
    def __init__(self, rendering: Rendering) -> None:
        self._opening = rendering.verify_opening
        self._closings = Beside(rendering.verify_closing)
        self._closing_of_clients = rendering.verify_closing(None)

    def is_plain(self, environ: Environ) -> bool:
        return plain.is_for_us(environ) and plain.takes_json(environ) and plain.has_no_query(environ)

    def answer(self, environ: Environ) -> Answer | None:
        if (body := plain.body(environ, plain.JSON)) is None or (
            believed := believing.believe(_only_member(body))
        ) is None:
            return None
        seen, kept, looks = believed
        if not seen.opening:
            seen.opening = self._opening(believed.identity())
        closing = self._closings.of(kept) if isinstance(kept, Session) else self._closing_of_clients
        return Answer(seen.opening + closing, looks=looks)


def _only_member(body: bytes) -> str:
    """The text of `token`; where there is more than that, or less, something that is no token."""
    for opening in OPENINGS:
        if body.startswith(opening) and body.endswith(CLOSING):
            return body[len(opening) : -len(CLOSING)].decode("latin-1")
    return ""
