"""`POST /auth/verify`."""

from accounts.fastlane import believing, plain
from accounts.fastlane.beside import Beside
from accounts.fastlane.plain import Environ
from accounts.fastlane.rendering import Rendering
from accounts.fastlane.routes import Answer
from accounts.models import Session


class Verify:
    def __init__(self, rendering: Rendering) -> None:
        self._opening = rendering.verify_opening
        self._closings = Beside(rendering.verify_closing)
        self._closing_of_clients = rendering.verify_closing(None)

    def is_plain(self, environ: Environ) -> bool:
        return plain.is_for_us(environ) and plain.takes_json(environ) and plain.has_no_query(environ)

    def answer(self, environ: Environ) -> Answer | None:
        if (body := plain.body(environ, plain.JSON)) is None or (
            believed := believing.believe(plain.only_member(body, b"token"))
        ) is None:
            return None
        seen, kept, looks = believed
        if not seen.opening:
            seen.opening = self._opening(believed.identity())
        closing = self._closings.of(kept) if isinstance(kept, Session) else self._closing_of_clients
        return Answer(seen.opening + closing, looks=looks)
