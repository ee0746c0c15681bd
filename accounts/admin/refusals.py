"""What the admin answers where a service refuses: which status, and a page that says why and what would help."""

from collections.abc import Sequence
from typing import Final

import structlog
from django.db import InterfaceError, InternalError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts import errors
from accounts.admin import policy

NO_DATABASE: Final = (OperationalError, InterfaceError, InternalError)
FORGED: Final = "This form is not from a page that was opened here, or is too old. Reload the page, and try again."
STATUS_BY_CODE: Final = {
    "invalid_credentials": 401,
    "token_invalid": 401,
    "account_suspended": 403,
    "email_not_verified": 403,
    "permission_denied": 403,
    "second_factor_required": 403,
    "wrong_password": 403,
    "not_found": 404,
    "email_taken": 409,
    "too_many_secrets": 409,
    "token_too_large": 409,
    "too_many_attempts": 429,
    "busy": 503,
    "keys_unreadable": 503,
    "temporarily_unavailable": 503,
}
"""Whatever else: the input does not fit, 400."""

log = structlog.get_logger("accounts.admin")


def status_of(refusal: errors.Refusal) -> int:
    return STATUS_BY_CODE.get(refusal.code, 400)


def of_database(exc: Exception) -> errors.TemporarilyUnavailable:
    """What an outage means to whoever asks."""
    log.warning("database_unavailable", error=type(exc).__name__)
    return errors.TemporarilyUnavailable(retry_after=1)


def page(request: HttpRequest, refusal: errors.Refusal) -> HttpResponse:
    """As the services say it, and which field they mean."""
    fields = refusal.errors if isinstance(refusal, errors.InvalidInput) else ()
    return marked(_page(request, refusal.title, refusal.detail, status_of(refusal), fields), refusal)


def too_large(request: HttpRequest) -> HttpResponse:
    """Before any service is asked."""
    return _page(request, "The body is too large", "At most 64 KB.", 413)


def marked(response: HttpResponse, refusal: errors.Refusal | None) -> HttpResponse:
    """With what a program reads of a refusal: whether to come again, and when."""
    if isinstance(refusal, errors.Unavailable):
        response["Retry-After"] = str(refusal.retry_after)
    return response


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's hook."""
    log.info("csrf_failed", reason=reason)
    response = page(request, errors.CsrfFailed(FORGED))
    response.status_code = 403
    return policy.tightened(response)


def _page(
    request: HttpRequest, title: str, detail: str, status: int, fields: Sequence[errors.FieldError] = ()
) -> HttpResponse:
    """By itself: whatever stands around the others may need what can't be had now."""
    context = {"title": title, "detail": detail, "fields": fields, "site_title": "authservice"}
    return render(request, "accounts/admin/refusal.html", context, status=status)
