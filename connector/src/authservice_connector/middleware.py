"""Knows the callers of views without Django REST framework, synchronous and asynchronous ones."""

from functools import partial
from http import HTTPStatus
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils.cache import patch_vary_headers
from django.utils.deprecation import MiddlewareMixin

from authservice_connector import callers
from authservice_connector.callers import Caller, DisabledHere
from authservice_connector.errors import CannotTell, Refused

__all__ = ["AuthServiceMiddleware"]


class AuthServiceMiddleware(MiddlewareMixin):
    """`request.user` is the local user (a ServiceCaller for a service's token), `request.auth` the claims.

    Without a token, and with another scheme than Bearer, both are left to others: a session's user stays,
    `request.auth` is None. A token that is not good is 401, whatever the session says. Under ASGI it runs in a thread,
    as Django's own do.
    """

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        """The answer, where there can be no other."""
        told: Any = request
        told.auth = None
        try:
            known = callers.identify_once(request)
        except Refused as exc:
            challenge = 'Bearer realm="authservice", error="invalid_token"'
            return _problem(401, exc.code, exc.detail, {"WWW-Authenticate": challenge})
        except DisabledHere as exc:
            return _problem(403, "permission_denied", str(exc))
        except CannotTell as exc:
            return _problem(503, exc.code, exc.detail, {"Retry-After": str(exc.retry_after)})
        if known is not None:
            told.auth = known[1]
            _name(told, known[0])
        elif not hasattr(request, "user"):
            told.user = AnonymousUser()
            told.auser = partial(_itself, told.user)
        return None

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """A cache must not give one caller's answer to another."""
        patch_vary_headers(response, ("Authorization",))
        return response


def _name(request: Any, caller: Caller) -> None:
    """For Django's own AuthenticationMiddleware too, wherever it stands: it would put the session's user in place.

    Nobody but its holder can send the token along, so that there is nothing to forge (CSRF).
    """
    request.user = request._cached_user = request._acached_user = caller  # noqa: SLF001
    request.auser = partial(_itself, caller)
    request._dont_enforce_csrf_checks = True  # noqa: SLF001 - what Django's middleware heeds


async def _itself(caller: Caller) -> Caller:
    return caller


def _problem(status: int, code: str, detail: str, headers: dict[str, str] | None = None) -> JsonResponse:
    """RFC 9457, as the auth service answers."""
    document = {"title": HTTPStatus(status).phrase, "status": status, "detail": detail, "code": code}
    told = {"Cache-Control": "no-store"} | (headers or {})
    return JsonResponse(document, status=status, content_type="application/problem+json", headers=told)
