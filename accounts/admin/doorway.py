"""What stands around every page of the admin: who comes in, and what becomes of a refusal.

Around them alone: a token's route has neither cookies nor messages to look through.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Final, cast

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.contrib.messages.middleware import MessageMiddleware
from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.http.multipartparser import MultiPartParserError
from django.urls import reverse

from accounts import errors
from accounts.admin import cookie, policy, refusals
from accounts.principals import Origin, UserPrincipal, origin_of
from accounts.services import admin_entry
from accounts.services.admin_entry import Entrant
from accounts.services.authorisation import Action

View = Callable[..., HttpResponseBase]

IS_OVER: Final = (errors.SessionRevoked, errors.AccountSuspended, errors.NotAuthenticated)
"""Said of whoever asks: they are out, and can only sign in anew."""
UNREADABLE: Final = (BadRequest, MultiPartParserError, SuspiciousOperation)


def around(view: View) -> View:
    """The view, for whoever the cookie names; without one `find_entrant` is None, and the view sends them away.

    Its answer is complete: what a template asks for may be refused as well.
    """

    @wraps(view)
    def entered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        def answer(_: HttpRequest) -> HttpResponseBase:
            return _complete(view(request, *args, **kwargs))

        return policy.tightened(_guarded(request, answer))

    return entered


def find_entrant(request: HttpRequest) -> Entrant | None:
    return cast("Entrant | None", getattr(request, "entrant", None))


def entrant_of(request: HttpRequest) -> Entrant:
    """Behind the login."""
    if (entrant := find_entrant(request)) is None:
        raise errors.NotAuthenticated
    return entrant


def caller_of(request: HttpRequest) -> UserPrincipal:
    """As the services know whoever asks."""
    return entrant_of(request).principal


def may(request: HttpRequest, action: Action) -> bool:
    """Whether whoever asks may do this at all: what a page need not offer otherwise."""
    entrant = find_entrant(request)
    return entrant is not None and action in entrant.permitted


def origin(request: HttpRequest) -> Origin:
    return origin_of(request.META)


def _guarded(request: HttpRequest, answer: Callable[[HttpRequest], HttpResponseBase]) -> HttpResponseBase:
    try:
        _refuse_large(request)
        _recognise(request)
        response = MessageMiddleware(answer)(request)
        return cast("HttpResponseBase", response)
    except IS_OVER:
        return _sent_away(request)
    except errors.Refusal as refusal:
        return refusals.page(request, refusal)
    except DjangoPermissionDenied:
        return refusals.page(request, errors.PermissionDenied())
    except RequestDataTooBig:
        return refusals.too_large(request)
    except UNREADABLE:
        return refusals.page(request, errors.InvalidInput([]))
    except Http404:
        return refusals.page(request, errors.NotFound())
    except refusals.NO_DATABASE as exc:
        return refusals.page(request, refusals.of_database(exc))


def _refuse_large(request: HttpRequest) -> None:
    """Before anybody reads it, whatever it is. What came in chunks has its length by now; what says nonsense of it is
    bounded by Django, as it is read.
    """
    length = request.META.get("CONTENT_LENGTH") or "0"
    if length.isdecimal() and int(length) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        raise RequestDataTooBig


def _recognise(request: HttpRequest) -> None:
    """Nobody, for a session that is over. Raises TokenInvalid for two cookies; Unavailable and what a database does:
    "can't tell" is not "no", and nobody loses their cookie over it.
    """
    request.user = AnonymousUser()
    request.entrant = None  # type: ignore[attr-defined]
    if (principal := cookie.read(request)) is None:
        return
    try:
        entrant = admin_entry.recall(principal)
    except (*IS_OVER, errors.PermissionDenied):
        return
    request.entrant, request.user = entrant, entrant.user  # type: ignore[attr-defined]


def _complete(response: HttpResponseBase) -> HttpResponseBase:
    render = getattr(response, "render", None)
    return response if render is None else cast("HttpResponse", render())


def _sent_away(request: HttpRequest) -> HttpResponse:
    """Whose session ended while they asked."""
    response = redirect_to_login(request.get_full_path(), reverse("admin:login"))
    cookie.drop(response)
    return response
