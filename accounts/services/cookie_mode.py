"""The session of a browser's two cookies: opens it, tells a page its CSRF token, renews it, ends it.

A sub-domain can set `__Secure-refresh`, but not `__Host-access`. So the refresh cookie counts only where the access
cookie names the same session, and a page is never given the CSRF token of a session that somebody planted.
"""

from dataclasses import dataclass
from uuid import UUID

from accounts.credentials import Credentials, cookie_names, room_for
from accounts.errors import InvalidRefreshToken, NotAuthenticated, SessionRevoked, TokenInvalid, WrongTokenType
from accounts.models import RevocationReason, Session
from accounts.principals import Origin, UserPrincipal
from accounts.services import csrf, refreshing, revocation, sign_in, sign_out
from accounts.services.refreshing import Proof
from accounts.services.sign_in import SignedIn, SignInOutcome
from accounts.services.sign_out import LogoutScope
from accounts.tokens import standing, verifying
from accounts.tokens.issuing import TokenPair
from accounts.tokens.verifying import UnverifiedRefreshToken


@dataclass(frozen=True, slots=True)
class Renewed:
    """Tokens for the cookies, and what the page is told."""

    tokens: TokenPair
    csrf_token: str


def begin(credentials: Credentials, *, email: str, password: str, origin: Origin) -> SignInOutcome:
    """As `sign_in.sign_in`, for a page of ours. The session that the browser had ends, because its cookies are replaced
    and nobody could end it any more. Raises CsrfFailed and TokenInvalid besides.
    """
    csrf.refuse_foreign(credentials)
    credentials.refuse_unreadable_cookies()
    outcome = sign_in.sign_in(email=email, password=password, origin=origin, max_access_length=_room())
    if isinstance(outcome, SignedIn):
        _end_the_one_before(credentials, origin)
    return outcome


def csrf_token(credentials: Credentials) -> str:
    """For a page of ours that has just been loaded, also when the access token has expired.

    Raises NotAuthenticated, TokenInvalid, InvalidRefreshToken, SessionRevoked, AccountSuspended; CsrfFailed to a page
    of another origin, which could do nothing with it.
    """
    csrf.refuse_foreign(credentials)
    session = _prove(credentials).session
    return csrf.token_of(standing.recall_session(user_id=session.user_id, session_id=session.pk))


def renew(credentials: Credentials, *, origin: Origin) -> Renewed:
    """Raises what `refreshing.renew` raises, NotAuthenticated, TokenInvalid, CsrfFailed. Cookies that are not of one
    session end none, however old the planted one is.
    """
    csrf.refuse_foreign(credentials)
    proof = _prove(credentials)
    csrf.require(proof.session, credentials)
    tokens = refreshing.renew(proof, origin=origin, max_access_length=_room())
    return Renewed(tokens, csrf.token_of(proof.session))


def end(credentials: Credentials, *, scope: LogoutScope, origin: Origin) -> None:
    """As `sign_out.sign_out`; no harm for cookies whose session is over or forgotten, or that are gone. CsrfFailed
    comes before all else: whatever else is raised is for a page of ours.
    """
    csrf.refuse_foreign(credentials)
    csrf.require_any(credentials)
    session = _find_to_end(credentials) if credentials.has_cookies else None
    if session is not None:
        csrf.require(session, credentials)
        sign_out.end(UserPrincipal(session.user_id, session.pk), scope=scope, origin=origin)
    elif scope != LogoutScope.THIS:
        raise SessionRevoked


def _room() -> int:
    """For the access token: the refresh token is of one size."""
    return room_for(cookie_names().access)


def _end_the_one_before(credentials: Credentials, origin: Origin) -> None:
    """Where the cookies prove it; whatever else they are, they are replaced."""
    try:
        session = _find_to_end(credentials)
    except (NotAuthenticated, TokenInvalid, InvalidRefreshToken):
        return
    if session is not None:
        holder = UserPrincipal(session.user_id, session.pk)
        revocation.revoke_one(session.user_id, session.pk, RevocationReason.LOGOUT, actor=holder, origin=origin)


def _prove(credentials: Credentials) -> Proof:
    """Of the session of both cookies, over or not. InvalidRefreshToken unless they are of one."""
    return refreshing.authenticate(_unverified_pair(credentials))


def _unverified_pair(credentials: Credentials) -> UnverifiedRefreshToken:
    """The refresh cookie, if the access cookie names the same session."""
    named = _named_by(credentials.access_cookie())
    unverified = _read(credentials.refresh_cookie())
    if unverified.session_id != named:
        raise InvalidRefreshToken("The access cookie and the refresh cookie are of two sessions; sign in again.")
    return unverified


def _named_by(access_cookie: str) -> UUID:
    try:
        return verifying.unverified_session_id(access_cookie)
    except TokenInvalid:
        raise TokenInvalid("The access cookie is no access token of ours; sign in again.") from None


def _read(refresh_cookie: str) -> UnverifiedRefreshToken:
    try:
        return verifying.read_refresh(refresh_cookie)
    except InvalidRefreshToken:
        raise InvalidRefreshToken("The refresh cookie is no refresh token of ours; sign in again.") from None


def _find_to_end(credentials: Credentials) -> Session | None:
    """By the access cookie alone, expired or not, so that a planted refresh cookie keeps nobody in; by both where the
    key is gone that signed it. None where nothing is left of the session.
    """
    try:
        holder = verifying.past_or_present_holder(credentials.access_cookie())
    except (TokenInvalid, WrongTokenType):
        proof = refreshing.find_proof(_unverified_pair(credentials))
        return None if proof is None else proof.session
    if not isinstance(holder, UserPrincipal):
        raise TokenInvalid
    return Session.objects.find_whole(holder.session_id, holder.user_id)
