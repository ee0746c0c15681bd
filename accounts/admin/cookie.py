"""The one cookie by which the admin knows somebody again: signed, for its pages alone, and with two ids in it."""

from typing import Final
from uuid import UUID

from django.core import signing
from django.http import HttpRequest, HttpResponseBase

from accounts.credentials import is_https, values_of
from accounts.errors import TokenInvalid
from accounts.principals import UserPrincipal
from accounts.services.admin_entry import LONGEST

PATH: Final = "/admin/"
SALT: Final = "accounts.admin.cookie"
TWICE: Final = (
    "The cookie of the admin came twice, and one of them is not ours: a page of a neighbouring host can set one. "
    "Remove the cookies of this site and of its neighbours in the browser, and sign in again."
)


def name() -> str:
    """With the prefix that browsers take over https alone: no page of plain http sets one."""
    return "__Secure-admin" if is_https() else "admin"


def read(request: HttpRequest) -> UserPrincipal | None:
    """Whom it names, if it is one of ours and not too old. TokenInvalid for two: somebody else set one, and who is sent
    to the login comes back with both.
    """
    found = values_of(request.META.get("HTTP_COOKIE", ""), name())
    if len(found) > 1:
        raise TokenInvalid(TWICE)
    if not found:
        return None
    try:
        user_id, session_id = signing.loads(found[0], salt=SALT, max_age=LONGEST)
    except signing.BadSignature:
        return None
    return UserPrincipal(user_id=UUID(user_id), session_id=UUID(session_id))


def put(response: HttpResponseBase, principal: UserPrincipal) -> None:
    """It ends with the browser, too. It comes along with a link from elsewhere, as out of a mail, but with no form."""
    value = signing.dumps([str(principal.user_id), str(principal.session_id)], salt=SALT)
    response.set_cookie(name(), value, path=PATH, secure=is_https(), httponly=True, samesite="Lax")


def drop(response: HttpResponseBase) -> None:
    """With all that it was set with, or a browser leaves it alone."""
    response.set_cookie(name(), "", max_age=0, path=PATH, secure=is_https(), httponly=True, samesite="Lax")
