"""`GET /auth/user` and `GET /auth/forward`: whoever shows a token in the `Authorization` header."""

from accounts.fastlane import believing, plain
from accounts.fastlane.closings import Closings
from accounts.fastlane.plain import Environ
from accounts.fastlane.rendering import Rendering
from accounts.fastlane.routes import Answer
from accounts.models.sessions import KeptSession
from accounts.services import forwarding


class ShownUser:
    def __init__(self, rendering: Rendering, closings: Closings) -> None:
        self._user_of, self._closings = rendering.user_of, closings

    def is_plain(self, environ: Environ) -> bool:
        return plain.is_bare(environ)

    def answer(self, environ: Environ) -> Answer | None:
        """Of a person alone."""
        believed = believing.believe(believing.shown_token(environ))
        if believed is None or not isinstance(believed.standing, KeptSession):
            return None
        return Answer(self._user_of(self._closings.of(believed.standing)), looks=believed.looks)


class Forward:
    """Where nothing is demanded; `Host` and `Accept` are of another request there, to another service."""

    def is_plain(self, environ: Environ) -> bool:
        return plain.has_no_query(environ) and plain.has_no_body(environ)

    def answer(self, environ: Environ) -> Answer | None:
        believed = believing.believe(believing.shown_token(environ))
        if believed is None:
            return None
        headers = list(forwarding.identity_headers(believed.identity()).items())
        return Answer(b"", headers, looks=believed.looks)
