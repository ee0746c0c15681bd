"""What every request gets: an id, one log line, a place in the metrics."""

import os
import re
import time
from collections.abc import Callable, Mapping
from typing import Final

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase, HttpResponsePermanentRedirect
from django.middleware.common import CommonMiddleware

from accounts import metrics

SANE_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
KNOWN_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

log = structlog.get_logger("authservice.requests")


def request_id_of(meta: Mapping[str, str]) -> str:
    """The one that a request came with, when it is sane, else a new one."""
    request_id = meta.get("HTTP_X_REQUEST_ID")
    return request_id if request_id and SANE_REQUEST_ID.fullmatch(request_id) else os.urandom(16).hex()


class RequestContextMiddleware:
    """Names the request (`X-Request-ID`, kept when it is sane), and tells of its answer once."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
        request_id = request.META["HTTP_X_REQUEST_ID"] = request_id_of(request.META)
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            response = self.get_response(request)
            self._tell(request, response, time.perf_counter() - started)
        response["X-Request-ID"] = request_id
        return response

    @staticmethod
    def _tell(request: HttpRequest, response: HttpResponseBase, seconds: float) -> None:
        # Labels come from our own routes and the known methods alone: a stranger must not make new time series.
        route = request.resolver_match.route if request.resolver_match else ""
        method = request.method if request.method in KNOWN_METHODS else "OTHER"
        metrics.REQUESTS.labels(route, method, response.status_code).inc()
        metrics.REQUEST_SECONDS.labels(route).observe(seconds)
        log.info("request", method=method, path=request.path, status=response.status_code, ms=round(seconds * 1000, 1))


class HostMiddleware(CommonMiddleware):
    """Django's check of `ALLOWED_HOSTS`, and the length of answers.

    Not at the gateway door: there `Host` is the one of the service behind, and no address of ours is made from it.
    """

    def process_request(self, request: HttpRequest) -> HttpResponsePermanentRedirect | None:
        return None if re.match(settings.GATEWAY_DOOR, request.path_info) else super().process_request(request)
