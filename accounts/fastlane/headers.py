"""The headers of an answer: those that Django itself gave with a good one on the same route, but for what is each
request's own. So the lane knows nothing of middleware, and says nothing before Django has.
"""

from collections.abc import Callable
from typing import Any, Final

import structlog

StartResponse = Callable[..., Any]
Headers = list[tuple[str, str]]

OWN: Final = frozenset({"content-length", "x-request-id", "etag"})
OWN_PREFIX: Final = "x-auth-"
CONSTANT: Final = frozenset(
    {"allow", "cache-control", "content-type", "vary", "content-security-policy", "cross-origin-opener-policy"}
    | {"referrer-policy", "x-content-type-options", "permissions-policy", "pragma"}
)
"""The same for everybody. Any other one might be somebody's: then the lane stays out."""

log = structlog.get_logger("accounts.fastlane")


class LearnedHeaders:
    """Of one route."""

    def __init__(self, route: str) -> None:
        self._route = route
        self._is_hopeless = False
        self.constant: Headers | None = None
        """None until Django has said yes once."""

    def listening(self, start_response: StartResponse) -> StartResponse:
        """`start_response` for Django, to learn from."""
        if self.constant is not None or self._is_hopeless:
            return start_response

        def heard(status: str, headers: Headers, *exc_info: Any) -> Any:
            if status == "200 OK":
                self._learn(headers)
            return start_response(status, headers, *exc_info)

        return heard

    def _learn(self, headers: Headers) -> None:
        constant = [(name, value) for name, value in headers if not _is_own(name)]
        if unknown := sorted({name for name, _ in constant if name.lower() not in CONSTANT}):
            self._is_hopeless = True
            log.warning("fastlane_stays_out", route=self._route, headers=unknown)
        else:
            self.constant = constant


def _is_own(name: str) -> bool:
    lowered = name.lower()
    return lowered in OWN or lowered.startswith(OWN_PREFIX)
