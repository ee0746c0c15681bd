"""The WSGI application, for Granian and for any other server."""

import gc
import io
import os
from collections.abc import Callable, Iterable
from typing import Any, Final

import structlog
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "authservice.settings")

django_application: Final = get_wsgi_application()

# These come to models, which need the Django that is set up by now.
from accounts.fastlane import conditions, lane  # noqa: E402
from accounts.rest import rendering  # noqa: E402
from authservice import arenas  # noqa: E402
from authservice.middleware import request_id_of  # noqa: E402

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

MAX_BODY_BYTES: Final = 64 * 1024
# Granian lays the process's environment into every request's, where an error reporter would find it.
SECRETS: Final = (
    *("DATABASE_URL", "REDIS_URL", "EMAIL_URL", "AUTH_BREACHED_PASSWORD_URL"),  # may carry a password
    *("SECRET_KEY", "SECRET_KEY_FALLBACKS", "AUTH_KEY_ENCRYPTION_KEYS", "METRICS_TOKEN"),
)

# A look for cycles among all objects stops every thread for some 0.3 s once 10,000 sessions are remembered, and at
# Python's own 700 there are three such looks while they are read.
OBJECTS_BETWEEN_LOOKS_FOR_CYCLES: Final = 10_000

log = structlog.get_logger("authservice.wsgi")


def prepared(inner: Application) -> Application:
    """Gives a body that came in chunks its length, without which Django reads none; and drops our secrets.

    One byte beyond the limit is read, so that what is too large is seen to be, and answered with 413.
    """

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        for name in SECRETS:
            environ.pop(name, None)
        if "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower() and not environ.get("CONTENT_LENGTH"):
            body = environ["wsgi.input"].read(MAX_BODY_BYTES + 1)
            environ |= {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        return inner(environ, start_response)

    return application


def hurried(django: Application) -> Application:
    """With the fast lane in front, unless it is shut."""
    if obstacle := conditions.obstacle():
        log.info("fastlane_shut", because=obstacle)
        return django
    return lane.fastlane(django, rendering=rendering, request_id_of=request_id_of)


def settle() -> None:
    """What has been imported stays: no look for cycles goes through it any more, and there are fewer of them. The
    server has yet to start its threads.
    """
    arenas.limit()
    gc.collect()
    gc.freeze()
    gc.set_threshold(OBJECTS_BETWEEN_LOOKS_FOR_CYCLES)


application = prepared(hurried(django_application))
settle()
