"""Whether a page of ours, and no other, made a browser send a request: the session's own token, and what the browser
says of the page.
"""

import hmac
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Final
from urllib.parse import urlsplit

from accounts.conf import auth_settings
from accounts.credentials import Credentials
from accounts.errors import CsrfFailed
from accounts.models import Session

PURPOSE: Final = b"csrf"
OWN_SITES: Final = frozenset({"same-origin", "none"})
"""Of `Sec-Fetch-Site`; `none` is the person's own doing. Neither a sibling (`same-site`) nor what is yet to be thought
of speaks for our pages."""

DEFAULT_PORTS: Final = {"https": ":443", "http": ":80"}


def token_of(session: Session) -> str:
    """By the session's own secret: the same as long as the session is, no other session's, and ended with it."""
    digest = hmac.digest(bytes(session.secret), PURPOSE + session.pk.bytes, sha256)
    return urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def require(session: Session, credentials: Credentials) -> None:
    """CsrfFailed unless the request shows the session's token."""
    token = require_any(credentials)
    if not hmac.compare_digest(token.encode(errors="replace"), token_of(session).encode()):
        raise CsrfFailed("X-CSRF-Token is not the one of this session; `GET /auth/csrf` has it.")


def require_any(credentials: Credentials) -> str:
    """CsrfFailed without a token. That there is one at all is no form's doing: it takes a script of the same origin."""
    if credentials.csrf_token is None:
        raise CsrfFailed
    return credentials.csrf_token


def refuse_foreign(credentials: Credentials) -> None:
    """CsrfFailed where the browser says that the request comes from a page of another origin."""
    refuse_foreign_site(credentials)
    refuse_foreign_origin(credentials)


def refuse_foreign_site(credentials: Credentials) -> None:
    """For what changes something, or tells a secret: a link from elsewhere may lead to all the rest."""
    if credentials.fetch_site is not None and credentials.fetch_site not in OWN_SITES:
        raise CsrfFailed("The browser says that a page of another origin sends this (Sec-Fetch-Site).")


def refuse_foreign_origin(credentials: Credentials) -> None:
    """For every method: no link has an Origin. By a GET with one a script asks, or opens a WebSocket, which no browser
    keeps from a page of another origin.
    """
    if credentials.page_origin is not None and credentials.page_origin != _own_origin():
        raise CsrfFailed(f"Cookie mode is for pages of {_own_origin()} alone, and Origin names another one.")


def _own_origin() -> str:
    """RFC 6454 section 6.2, of the issuer: what the request says of its host is the request's own word."""
    parts = urlsplit(auth_settings.issuer)
    host = parts.netloc.rpartition("@")[2].lower()
    return f"{parts.scheme}://{host.removesuffix(DEFAULT_PORTS[parts.scheme])}"
