"""Turns every refusal into a problem document (RFC 9457); the one place that knows which code has which status."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Final

import structlog
from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, InternalError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from rest_framework import exceptions as drf

from accounts import errors
from accounts.conf import auth_settings

CONTENT_TYPE: Final = "application/problem+json"

STATUS_BY_CODE: Final = {
    "invalid_input": 400,
    "unknown_field": 400,
    "invalid_scope": 400,
    "unsupported_token_type": 400,
    "malformed_body": 400,
    "bad_request": 400,
    "invalid_code": 400,
    "not_authenticated": 401,
    "invalid_credentials": 401,
    "token_invalid": 401,
    "token_expired": 401,
    "wrong_token_type": 401,
    "session_revoked": 401,
    "client_disabled": 401,
    "invalid_client": 401,
    "account_suspended": 401,  # but 403 at sign-in, where the password was right: see `SuspendedAtSignIn`
    "invalid_refresh_token": 401,
    "refresh_token_reused": 401,
    "permission_denied": 403,
    "insufficient_scope": 403,
    "csrf_failed": 403,
    "registration_closed": 403,
    "wrong_password": 403,
    "email_not_verified": 403,
    "second_factor_required": 403,
    "not_found": 404,
    "method_not_allowed": 405,
    "not_acceptable": 406,
    "email_taken": 409,
    "token_too_large": 409,
    "too_many_secrets": 409,
    "cursor_expired": 410,
    "body_too_large": 413,
    "unsupported_media_type": 415,
    "too_many_attempts": 429,
    "internal_error": 500,
    "busy": 503,
    "keys_unreadable": 503,
    "temporarily_unavailable": 503,
}
TITLES: Final = {
    "malformed_body": "The body does not read",
    "bad_request": "The request does not read",
    "method_not_allowed": "There is no such method here",
    "not_acceptable": "No such representation",
    "body_too_large": "The body is too large",
    "unsupported_media_type": "Another media type is needed",
    "internal_error": "Something went wrong here",
} | {cls.code: cls.title for cls in errors.all_refusals()}
SAFE_METHODS: Final = ("GET", "HEAD")
NO_TOKEN_SENT: Final = frozenset({"not_authenticated", "invalid_credentials"})

log = structlog.get_logger("accounts.rest")


class SuspendedAtSignIn(errors.AccountSuspended):
    """The one code with two statuses: at sign-in the caller proved who they are, so the answer is 403."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem before it has a request to answer."""

    code: str
    detail: str
    status: int
    fields: tuple[errors.FieldError, ...] = ()
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def uri(self) -> str:
        """Of the page that explains it."""
        return f"{auth_settings.issuer}/problems/{self.code}"

    def document(self, request_id: str) -> dict[str, Any]:
        body: dict[str, Any] = {
            "type": self.uri,
            "title": TITLES[self.code],
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            "request_id": request_id,
        }
        if self.fields:
            body["errors"] = [{"field": e.field, "code": e.code, "detail": e.detail} for e in self.fields]
        return body


def exception_handler(exc: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """DRF's hook: a problem document for whatever is foreseen, None (and so a 500) for the rest.

    Not rendered by the view: its renderers may know HTML or YAML alone, and a refused name may be no Unicode.
    """
    problem = problem_of(exc)
    return None if problem is None else plain_response(context["request"], problem)


def plain_response(request: HttpRequest, problem: Problem) -> HttpResponse:
    """The document as an answer."""
    document = problem.document(request.META.get("HTTP_X_REQUEST_ID", ""))
    headers = {"Cache-Control": "no-store"} | problem.headers
    return JsonResponse(document, status=problem.status, content_type=CONTENT_TYPE, headers=headers)


def safe_only(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """For views without DRF: whatever is not GET or HEAD is a problem, too."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method in SAFE_METHODS:
            return view(request, *args, **kwargs)
        detail = f"There are: {', '.join(SAFE_METHODS)}."
        headers = {"Allow": ", ".join(SAFE_METHODS)}
        return plain_response(request, Problem("method_not_allowed", detail, 405, headers=headers))

    return guarded


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return plain_response(request, Problem("bad_request", "The request's host or form is not taken here.", 400))


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return plain_response(request, _of_refusal(errors.PermissionDenied()))


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return plain_response(
        request, _of_refusal(errors.NotFound("Nothing is found at this path; /api/docs lists what is."))
    )


def server_error(request: HttpRequest) -> HttpResponse:
    detail = "The fault is ours and has been noted; say the request_id when you report it."
    return plain_response(request, Problem("internal_error", detail, 500))


def problem_of(exc: Exception) -> Problem | None:
    """None for what is not foreseen."""
    match exc:
        case errors.Refusal():
            return _of_refusal(exc)
        case drf.ValidationError():
            return _of_validation(exc)
        case drf.NotAuthenticated() | drf.AuthenticationFailed():
            return _of_refusal(errors.NotAuthenticated())
        case drf.PermissionDenied() | DjangoPermissionDenied():
            return _of_refusal(errors.PermissionDenied())
        case Http404() | drf.NotFound():
            return _of_refusal(errors.NotFound())
        case RequestDataTooBig():
            return Problem("body_too_large", "At most 64 KB.", 413)
        case OperationalError() | InterfaceError() | InternalError():
            log.warning("database_unavailable", error=type(exc).__name__)
            return _of_refusal(errors.TemporarilyUnavailable(retry_after=1))
        case drf.APIException():
            return _of_framework(exc)
        case _:
            return None


def _of_refusal(refusal: errors.Refusal) -> Problem:
    status = status_of(type(refusal))
    headers: dict[str, str] = {}
    if isinstance(refusal, errors.Unavailable):
        headers["Retry-After"] = str(refusal.retry_after)
    if status == 401:  # noqa: PLR2004
        headers["WWW-Authenticate"] = _challenge(refusal)
    if isinstance(refusal, errors.InsufficientScope):
        headers["WWW-Authenticate"] = f'Bearer realm="authservice", error="{refusal.code}", scope="{refusal.scope}"'
    fields = refusal.errors if isinstance(refusal, errors.InvalidInput) else ()
    return Problem(refusal.code, refusal.detail, status, fields, headers)


def status_of(refusal: type[errors.Refusal]) -> int:
    return 403 if issubclass(refusal, SuspendedAtSignIn) else STATUS_BY_CODE[refusal.code]


def _challenge(refusal: errors.Refusal) -> str:
    """RFC 6750 section 3: an error is named only where a token was sent."""
    if refusal.code in NO_TOKEN_SENT:
        return 'Bearer realm="authservice"'
    return f'Bearer realm="authservice", error="invalid_token", error_description="{refusal.title}"'


def _of_framework(exc: drf.APIException) -> Problem | None:
    codes = {drf.ParseError: "malformed_body", drf.MethodNotAllowed: "method_not_allowed"}
    codes |= {drf.NotAcceptable: "not_acceptable", drf.UnsupportedMediaType: "unsupported_media_type"}
    code = codes.get(type(exc), exc.default_code)
    if code not in STATUS_BY_CODE:
        return None
    return Problem(code, str(exc.detail), exc.status_code)


def _of_validation(exc: drf.ValidationError) -> Problem:
    fields = tuple(_field_errors("", exc.detail))
    is_unknown = any(error.code == errors.UnknownField.code for error in fields)
    return _of_refusal((errors.UnknownField if is_unknown else errors.InvalidInput)(fields))


def _field_errors(path: str, detail: Any) -> list[errors.FieldError]:
    if isinstance(detail, dict):
        return [e for name, inner in detail.items() for e in _field_errors(f"{path}.{name}".strip("."), inner)]
    if isinstance(detail, list):
        return [e for inner in detail for e in _field_errors(path, inner)]
    return [errors.FieldError(path, getattr(detail, "code", "invalid"), str(detail))]
