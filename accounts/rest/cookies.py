"""Cookie mode over REST: who asks for it, and the two cookies that a browser is given or gives back."""

from typing import Final, Protocol, TypeVar

import structlog
from django.http import HttpResponseBase
from rest_framework.request import Request

from accounts.credentials import cookie_names, is_https, room_for
from accounts.errors import FieldError, InvalidInput, TokenTooLarge

TRANSPORT_HEADER: Final = "X-Auth-Transport"
TRANSPORT: Final = "cookie"
ACCESS_PATH: Final = "/"
REFRESH_PATH: Final = "/auth"
HINT: Final = "Take claims out of AUTH_ACCESS_CLAIMS, groups above all."

R = TypeVar("R", bound=HttpResponseBase)

log = structlog.get_logger("accounts.rest")


def is_asked_for(request: Request) -> bool:
    """Whether the caller would have its tokens in cookies. InvalidInput for a transport that there isn't."""
    if (asked := request.headers.get(TRANSPORT_HEADER)) is None:
        return False
    if asked != TRANSPORT:
        detail = f"There is {TRANSPORT}; without the header the tokens are in the body."
        raise InvalidInput([FieldError(TRANSPORT_HEADER, "invalid_choice", detail)])
    return True


class Tokens(Protocol):
    """As the services hand them out."""

    @property
    def access(self) -> str: ...
    @property
    def refresh(self) -> str: ...
    @property
    def refresh_expires_in(self) -> int: ...


def hand_out(response: R, tokens: Tokens) -> R:
    """Both live as long as the refresh token, so that the access cookie names the session when its token is over.

    TokenTooLarge where a browser would drop one of them without a word.
    """
    names = cookie_names()
    _require_room(names.access, tokens.access)
    _require_room(names.refresh, tokens.refresh)
    return _put_both(response, tokens.access, tokens.refresh, seconds=tokens.refresh_expires_in)


def take_back(response: R) -> R:
    """With every attribute that they were set with: a browser knows a cookie by name, path and domain, and leaves a
    Secure one alone that is cleared without it.
    """
    return _put_both(response, "", "", seconds=0)


def _require_room(name: str, value: str) -> None:
    if len(value) > room_for(name):
        log.error("token_too_large", cookie=name, length=len(value), at_most=room_for(name), hint=HINT)
        raise TokenTooLarge


def _put_both(response: R, access: str, refresh: str, *, seconds: int) -> R:
    names = cookie_names()
    _put(response, names.access, access, path=ACCESS_PATH, seconds=seconds)
    _put(response, names.refresh, refresh, path=REFRESH_PATH, seconds=seconds)
    return response


def _put(response: HttpResponseBase, name: str, value: str, *, path: str, seconds: int) -> None:
    response.set_cookie(name, value, max_age=seconds, path=path, secure=is_https(), httponly=True, samesite="Lax")
