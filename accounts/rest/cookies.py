"""Cookie mode over REST: who asks for it, and the two cookies that a browser is given or gives back."""

from typing import Final, Protocol

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.credentials import cookie_names, is_https
from accounts.errors import FieldError, InvalidInput

TRANSPORT_HEADER: Final = "X-Auth-Transport"
TRANSPORT: Final = "cookie"
ACCESS_PATH: Final = "/"
REFRESH_PATH: Final = "/auth"


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


def hand_out(response: Response, tokens: Tokens) -> Response:
    """Both live as long as the refresh token, so that the access cookie names the session when its token is over."""
    return _put_both(response, tokens.access, tokens.refresh, seconds=tokens.refresh_expires_in)


def take_back(response: Response) -> Response:
    """With every attribute that they were set with: a browser knows a cookie by name, path and domain, and leaves a
    Secure one alone that is cleared without it.
    """
    return _put_both(response, "", "", seconds=0)


def _put_both(response: Response, access: str, refresh: str, *, seconds: int) -> Response:
    names = cookie_names()
    _put(response, names.access, access, path=ACCESS_PATH, seconds=seconds)
    _put(response, names.refresh, refresh, path=REFRESH_PATH, seconds=seconds)
    return response


def _put(response: Response, name: str, value: str, *, path: str, seconds: int) -> None:
    response.set_cookie(name, value, max_age=seconds, path=path, secure=is_https(), httponly=True, samesite="Lax")
