"""The lane itself: a WSGI application in front of Django's. It answers with Django's own yes, or hands the request on.

Every doubt, every refusal, every fault is Django's to answer, so nothing can be had here that Django would not give.
"""

from collections.abc import Callable, Iterable
from time import perf_counter
from typing import Final

import structlog
from django.db import DatabaseError, InterfaceError

from accounts.errors import Refusal
from accounts.fastlane import plain
from accounts.fastlane.client_tokens import ClientToken
from accounts.fastlane.closings import Closings
from accounts.fastlane.headers import LearnedHeaders, StartResponse
from accounts.fastlane.jwks import Jwks
from accounts.fastlane.notices import Following
from accounts.fastlane.plain import Environ
from accounts.fastlane.refresh import Refresh
from accounts.fastlane.rendering import Rendering
from accounts.fastlane.routes import Answer, Route
from accounts.fastlane.shown import Forward, ShownUser
from accounts.fastlane.tally import Counted, tally
from accounts.fastlane.verify import Verify

Application = Callable[[Environ, StartResponse], Iterable[bytes]]

OK: Final = "200 OK"

log = structlog.get_logger("accounts.fastlane")


class _Lane:
    """One route of it."""

    def __init__(self, route: Route, counted: Counted, request_id_of: Callable[[Environ], str]) -> None:
        self.method = counted.method
        self.counted = counted
        self.headers = LearnedHeaders(counted.route)
        self.is_plain = route.is_plain
        self._answer = route.answer
        self._request_id_of = request_id_of

    def answer(self, environ: Environ) -> Answer | None:
        """None for every doubt."""
        try:
            return self._answer(environ)
        except (Refusal, DatabaseError, InterfaceError):
            return None
        except Exception:  # whatever it is, Django answers
            # By the id that the line has.
            request_id = environ["HTTP_X_REQUEST_ID"] = self._request_id_of(environ)
            log.warning("fastlane_failed", route=self.counted.route, request_id=request_id, exc_info=True)
            return None


def fastlane(django: Application, *, rendering: Rendering, request_id_of: Callable[[Environ], str]) -> Application:
    """`request_id_of` says by which id a request is answered."""
    closings = Closings(rendering.verify_closing)
    routes: tuple[tuple[Route, Counted], ...] = (
        (Verify(rendering, closings), Counted("auth/verify", "POST")),
        (ShownUser(rendering, closings), Counted("auth/user", "GET")),
        (Forward(), Counted("auth/forward", "GET")),
        (Jwks(rendering), Counted(".well-known/jwks.json", "GET", verifies=False)),
        (ClientToken(rendering, request_id_of), Counted("auth/token", "POST", verifies=False)),
        (Refresh(rendering, request_id_of), Counted("auth/refresh", "POST", verifies=False)),
        (Following(rendering), Counted("notices", "GET")),
    )
    lanes = {f"/{counted.route}": _Lane(route, counted, request_id_of) for route, counted in routes}

    def application(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        began_at = perf_counter()
        lane = lanes.get(environ.get("PATH_INFO", ""))
        if lane is None or lane.method != environ.get("REQUEST_METHOD"):
            return django(environ, start_response)
        if not plain.is_unremarkable(environ) or not lane.is_plain(environ):
            return django(environ, start_response)
        constant = lane.headers.constant
        if constant is None or (answer := lane.answer(environ)) is None:
            return django(environ, lane.headers.listening(start_response))
        length = ("Content-Length", str(len(answer.body)))
        start_response(OK, [*constant, *answer.headers, length, ("X-Request-ID", request_id_of(environ))])
        tally.count(lane.counted, began_at, answer.looks)
        return [answer.body]

    return application
