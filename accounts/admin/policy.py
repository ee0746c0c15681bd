"""What browsers may do with the admin's pages."""

from typing import Final, TypeVar

from csp.constants import NONE, SELF
from django.http import HttpResponseBase

R = TypeVar("R", bound=HttpResponseBase)

# Unfold's pages are Alpine's: their attributes hold JavaScript that is compiled as it is met, which no nonce covers and
# only `unsafe-eval` permits (the build of Alpine that does without reads no such expressions as theirs). htmx writes a
# style of its own, and the colours stand in the page. No script stands there: those come from our own host alone.
CONTENT: Final = {
    "default-src": [NONE],
    "script-src": [SELF, "'unsafe-eval'"],
    "style-src": [SELF, "'unsafe-inline'"],
    "font-src": [SELF],
    "img-src": [SELF, "data:"],
    "connect-src": [SELF],
    "form-action": [SELF],
    "base-uri": [NONE],
    "frame-ancestors": [NONE],
}


def tightened(response: R) -> R:
    """Nothing is kept, and nothing is fetched from elsewhere. A page without a referrer sends `Origin: null` with its
    forms, which Django takes for forged ones: so our own host is told, and no other.
    """
    response._csp_replace = CONTENT  # type: ignore[attr-defined]  # noqa: SLF001 - where django-csp's decorators put it
    response["Referrer-Policy"] = "same-origin"
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex"
    return response
