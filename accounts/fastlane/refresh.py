"""`POST /auth/refresh`, of whoever sends the newest token of a session that goes on."""

from collections.abc import Callable

from django.db import close_old_connections
from structlog.contextvars import bound_contextvars

from accounts.fastlane import plain
from accounts.fastlane.plain import Environ
from accounts.fastlane.rendering import Rendering
from accounts.fastlane.routes import Answer
from accounts.services import refreshing


class Refresh:
    """Remembers nothing: the service decides, and tells of it, as ever. What it does not decide at once has left no
    trace, so that Django decides it as if for the first time.
    """

    def __init__(self, rendering: Rendering, request_id_of: Callable[[Environ], str]) -> None:
        self._pair = rendering.token_pair
        self._request_id_of = request_id_of

    def is_plain(self, environ: Environ) -> bool:
        return plain.is_for_us(environ) and plain.takes_json(environ) and plain.has_no_query(environ)

    def answer(self, environ: Environ) -> Answer | None:
        """Told under the id that the answer bears."""
        if (body := plain.body(environ, plain.JSON)) is None:
            return None
        close_old_connections()  # as each of Django's requests begins
        request_id = environ["HTTP_X_REQUEST_ID"] = self._request_id_of(environ)
        with bound_contextvars(request_id=request_id):
            tokens = refreshing.renew_newest(unverified_token=plain.only_member(body, b"refresh"))
        return None if tokens is None else Answer(self._pair(tokens))
