"""What browsers are told they may do with an answer: django-csp and django-cors-headers, which work out the same words
for each request anew, spared that where there is nothing to work out.
"""

from functools import cache
from typing import Final

from corsheaders.middleware import CorsMiddleware
from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import patch_vary_headers

POLICY_OF_A_VIEW: Final = frozenset({"_csp_exempt", "_csp_config", "_csp_update", "_csp_replace"})
"""Left on an answer by the decorators of django-csp."""


class PolicyMiddleware(CSPMiddleware):
    """The policy of the settings is one text; it is put together only where a view changes it."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if settings.DEBUG or not POLICY_OF_A_VIEW.isdisjoint(vars(response)):
            return super().process_response(request, response)
        response.headers.setdefault(HEADER, _policy())
        return response


@cache
def _policy() -> str:
    return build_policy()


class OriginMiddleware(CorsMiddleware):
    """CORS. What names no origin is no page's; its answer says only that another one's may be another."""

    def add_response_headers(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if "HTTP_ORIGIN" in request.META or not request._cors_enabled:  # type: ignore[attr-defined]  # noqa: SLF001
            return super().add_response_headers(request, response)
        patch_vary_headers(response, ["origin"])
        return response
