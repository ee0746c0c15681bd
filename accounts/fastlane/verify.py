"""`POST /auth/verify`."""

from accounts.fastlane import believing, plain
from accounts.fastlane.closings import Closings
from accounts.fastlane.plain import Environ
from accounts.fastlane.rendering import Rendering
from accounts.fastlane.routes import Answer
from accounts.models.sessions import KeptSession


class Verify:
    def __init__(self, rendering: Rendering, closings: Closings) -> None:
        self._opening, self._closings = rendering.verify_opening, closings
        self._closing_of_clients = rendering.verify_closing(None)

    def is_plain(self, environ: Environ) -> bool:
        return plain.is_for_us(environ) and plain.takes_json(environ) and plain.has_no_query(environ)

    def answer(self, environ: Environ) -> Answer | None:
        if (body := plain.body(environ, plain.JSON)) is None or (
            believed := believing.believe(plain.only_member(body, b"token"))
        ) is None:
            return None
        _, seen, kept, looks = believed
        if not seen.opening:
            seen.opening = self._opening(believed.identity())
        closing = self._closings.of(kept) if isinstance(kept, KeptSession) else self._closing_of_clients
        return Answer(seen.opening + closing, looks=looks)
