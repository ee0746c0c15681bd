"""The WSGI application, for Granian and for any other server."""

import io
import os
from collections.abc import Callable, Iterable
from typing import Any, Final

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "authservice.settings")

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

MAX_BODY_BYTES: Final = 64 * 1024
# Granian lays the process's environment into every request's, where an error reporter would find it.
SECRETS: Final = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "SECRET_KEY_FALLBACKS", "AUTH_KEY_ENCRYPTION_KEYS")


def prepared(django_application: Application) -> Application:
    """Gives a body that came in chunks its length, without which Django reads none; and drops our secrets.

    One byte beyond the limit is read, so that what is too large is seen to be, and answered with 413.
    """

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        for name in SECRETS:
            environ.pop(name, None)
        if "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower() and not environ.get("CONTENT_LENGTH"):
            body = environ["wsgi.input"].read(MAX_BODY_BYTES + 1)
            environ |= {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        return django_application(environ, start_response)

    return application


application = prepared(get_wsgi_application())
