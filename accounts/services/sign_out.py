"""Ends sessions at their owner's wish."""

from enum import StrEnum
from uuid import UUID

from accounts import audit
from accounts.errors import AccountSuspended, NotAuthenticated, NotFound, PermissionDenied, SessionRevoked
from accounts.models import EventType, Outcome, RevocationReason, Session
from accounts.models.sessions import SessionQuerySet
from accounts.principals import Origin, UserPrincipal
from accounts.services import refreshing, revocation
from accounts.tokens import standing, verifying


class LogoutScope(StrEnum):
    """Which of the caller's sessions end."""

    THIS = "this"
    OTHERS = "others"
    ALL = "all"


def sign_out(*, access: str | None, refresh: str | None, scope: LogoutScope, origin: Origin) -> None:
    """By a refresh token of any generation, or by an access token; both unverified.

    Raises what `identify` raises, InvalidRefreshToken, PermissionDenied to a service client, or NotAuthenticated
    without either. A token whose session is
    over ends nothing more: no harm if all that was to end is over, else SessionRevoked.
    """
    end(_holder(access, refresh), scope=scope, origin=origin)


def end(actor: UserPrincipal, *, scope: LogoutScope, origin: Origin) -> None:
    """For whoever has shown a token of theirs. Raises as `sign_out` where more was to end than is over."""
    user_id, session_id = actor.user_id, actor.session_id
    try:
        standing.read_session(user_id=user_id, session_id=session_id)
    except (SessionRevoked, AccountSuspended):
        if scope == LogoutScope.THIS or not open_sessions(actor).exists():
            return
        raise
    match scope:
        case LogoutScope.THIS:
            revocation.revoke_one(user_id, session_id, RevocationReason.LOGOUT, actor=actor, origin=origin)
        case LogoutScope.OTHERS:
            revocation.revoke_all(user_id, RevocationReason.OTHER_DEVICE, actor=actor, origin=origin, keep=session_id)
        case LogoutScope.ALL:
            revocation.revoke_all(user_id, RevocationReason.LOGOUT, actor=actor, origin=origin)
    audit.tell(EventType.LOGOUT, Outcome.SUCCESS, actor=actor, subject=user_id, session=session_id, scope=str(scope))


def _holder(access: str | None, refresh: str | None) -> UserPrincipal:
    if refresh is not None:
        return refreshing.holder(refresh)
    if access is None:
        raise NotAuthenticated("Send the Bearer token, or `refresh` along with the call.")
    principal = verifying.verify_access(access).principal
    if not isinstance(principal, UserPrincipal):
        raise PermissionDenied("A service client has no session to end; its tokens are ended where clients are kept.")
    return principal


def open_sessions(actor: UserPrincipal) -> SessionQuerySet:
    """The caller's own, newest first."""
    return Session.objects.open().filter(user_id=actor.user_id).order_by("-created_at", "-pk")


def end_session(session_id: UUID, *, actor: UserPrincipal, origin: Origin) -> None:
    """One of the caller's own sessions. NotFound for anybody else's, as for none."""
    if not Session.objects.filter(pk=session_id, user_id=actor.user_id).exists():
        raise NotFound
    revocation.revoke_one(actor.user_id, session_id, RevocationReason.OTHER_DEVICE, actor=actor, origin=origin)
