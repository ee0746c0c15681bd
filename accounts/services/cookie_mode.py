"""The session of a browser's two cookies: tells a page its CSRF token, renews the session, ends it.

A sub-domain can set `__Secure-refresh`, but not `__Host-access`. So the refresh cookie counts only where the access
cookie names the same session, and a page is never given the CSRF token of a session that somebody planted.
"""

from dataclasses import dataclass

from accounts.credentials import Credentials
from accounts.errors import CsrfFailed, InvalidRefreshToken, SessionRevoked, TokenExpired, TokenInvalid
from accounts.models import Session
from accounts.principals import Origin, UserPrincipal
from accounts.services import csrf, refreshing, sign_out
from accounts.services.sign_out import LogoutScope
from accounts.tokens import standing, verifying
from accounts.tokens.issuing import TokenPair
from accounts.tokens.verifying import UnverifiedRefreshToken


@dataclass(frozen=True, slots=True)
class Renewed:
    """Tokens for the cookies, and what the page is told."""

    tokens: TokenPair
    csrf_token: str


def csrf_token(credentials: Credentials) -> str:
    """For a page of ours that has just been loaded, also when the access token has expired.

    Raises NotAuthenticated, TokenInvalid, InvalidRefreshToken, SessionRevoked, AccountSuspended; CsrfFailed to a page
    of another origin, which could do nothing with it.
    """
    csrf.refuse_foreign(credentials)
    session = _proven(credentials)
    return csrf.token_of(standing.recall_session(user_id=session.user_id, session_id=session.pk))


def renew(credentials: Credentials, *, origin: Origin) -> Renewed:
    """Raises what `refreshing.refresh` raises, NotAuthenticated, TokenInvalid, CsrfFailed. Cookies that are not of one
    session end none, however old the planted one is.
    """
    csrf.refuse_foreign(credentials)
    session = _proven(credentials)
    csrf.require(session, credentials)
    tokens = refreshing.refresh(unverified_token=credentials.refresh_cookie, origin=origin)
    return Renewed(tokens, csrf.token_of(session))


def end(credentials: Credentials, *, scope: LogoutScope, origin: Origin) -> None:
    """As `sign_out.sign_out`; no harm for cookies whose session is over or forgotten, or that are gone already."""
    csrf.refuse_foreign(credentials)
    session = _find_to_end(credentials)
    if session is not None:
        csrf.require(session, credentials)
        sign_out.end(UserPrincipal(session.user_id, session.pk), scope=scope, origin=origin)
    elif credentials.csrf_token is None:
        raise CsrfFailed  # nothing is left to compare it with; that it's there at all is no foreign form's doing
    elif scope != LogoutScope.THIS:
        raise SessionRevoked


def _proven(credentials: Credentials) -> Session:
    """The session of both cookies, over or not. InvalidRefreshToken unless they are of one."""
    unverified = _unverified_pair(credentials)
    if (session := _find(unverified)) is None:
        raise InvalidRefreshToken
    return session


def _find_to_end(credentials: Credentials) -> Session | None:
    """By the access cookie as long as it's good, so that a planted refresh cookie keeps nobody in; then by both."""
    if not credentials.access_cookies and not credentials.refresh_cookies:
        return None
    try:
        holder = verifying.verify_access(credentials.access_cookie).principal
    except (TokenExpired, TokenInvalid):
        return _find(_unverified_pair(credentials))
    if not isinstance(holder, UserPrincipal):
        raise TokenInvalid
    return Session.objects.find_whole(holder.session_id, holder.user_id)


def _unverified_pair(credentials: Credentials) -> UnverifiedRefreshToken:
    """The refresh cookie, if the access cookie names the same session."""
    named = verifying.unverified_session_id(credentials.access_cookie)
    unverified = verifying.read_refresh(credentials.refresh_cookie)
    if unverified.session_id != named:
        raise InvalidRefreshToken("The access cookie and the refresh cookie are of two sessions; sign in again.")
    return unverified


def _find(unverified: UnverifiedRefreshToken) -> Session | None:
    """None where nothing is left of the session. InvalidRefreshToken for a token that is not ours."""
    session = Session.objects.find_whole(unverified.session_id, unverified.unverified_claims.subject)
    if session is not None:
        verifying.verify_refresh(unverified, session_secret=bytes(session.secret))
    return session
