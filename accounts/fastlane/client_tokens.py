"""`POST /auth/token`, of a service client that sends a form."""

from collections.abc import Callable

from django.db import close_old_connections
from structlog.contextvars import bound_contextvars

from accounts.fastlane import plain
from accounts.fastlane.plain import Environ
from accounts.fastlane.rendering import Rendering
from accounts.fastlane.routes import Answer


class ClientToken:
    """The services sign the client in and tell of it, as ever; only the way to them is shorter."""

    def __init__(self, rendering: Rendering, request_id_of: Callable[[Environ], str]) -> None:
        self._token = rendering.client_token
        self._request_id_of = request_id_of

    def is_plain(self, environ: Environ) -> bool:
        return plain.is_for_us(environ) and plain.takes_json(environ) and plain.has_no_query(environ)

    def answer(self, environ: Environ) -> Answer | None:
        """Told under the id that the answer bears."""
        if (form := plain.body(environ, plain.FORM)) is None:
            return None
        close_old_connections()  # as each of Django's requests begins
        request_id = environ["HTTP_X_REQUEST_ID"] = self._request_id_of(environ)
        with bound_contextvars(request_id=request_id):
            token = self._token((environ.get("HTTP_AUTHORIZATION") or "").strip(), form)
        return None if token is None else Answer(token)
