"""Who comes into the Django admin: members of staff, by the one sign-in, for as long as their session stands."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from accounts import audit
from accounts.conf import auth_settings
from accounts.errors import PermissionDenied, SecondFactorMissing
from accounts.models import EventType, Outcome, Session, User
from accounts.principals import Origin, UserPrincipal
from accounts.services import authorisation, sign_in, sign_out
from accounts.services.authorisation import Action
from accounts.services.sign_in import SecondFactorRequired, Terms
from accounts.services.sign_out import LogoutScope
from accounts.tokens import standing

LONGEST: Final = timedelta(hours=8)
"""A working day, for the session and for the cookie that names it. Nothing renews either."""
NOT_STAFF: Final = "The password was right, but this is for members of staff; a superuser can make you one."


@dataclass(frozen=True, slots=True)
class Entrant:
    """A member of staff, through one session, and what they may do at all."""

    user: User
    principal: UserPrincipal
    permitted: frozenset[Action]


def enter(*, email: str, password: str, origin: Origin) -> UserPrincipal:
    """A new session, without tokens. Raises what `sign_in.open_session` raises, SecondFactorMissing; and
    PermissionDenied to whoever is no member of staff, whose session has ended then.
    """
    lifetime = min(auth_settings.refresh_absolute_lifetime, LONGEST)
    terms = Terms(idle=lifetime, absolute=lifetime, max_access_length=None)
    session = sign_in.open_session(email=email, password=password, origin=origin, terms=terms)
    if isinstance(session, SecondFactorRequired):
        raise SecondFactorMissing
    return _admitted(session, origin)


def recall(principal: UserPrincipal) -> Entrant:
    """Whoever came in before. Raises SessionRevoked, AccountSuspended; PermissionDenied to whoever is no member of
    staff any more; TemporarilyUnavailable if unsure.
    """
    user = standing.recall_session(user_id=principal.user_id, session_id=principal.session_id).user
    if not user.is_staff:
        raise PermissionDenied("This is for members of staff, which you are not any more.")
    return Entrant(user, principal, authorisation.permitted(user))


def leave(principal: UserPrincipal, *, origin: Origin) -> None:
    """The session is over; repeating does no harm."""
    sign_out.end(principal, scope=LogoutScope.THIS, origin=origin)


def _admitted(session: Session, origin: Origin) -> UserPrincipal:
    principal = UserPrincipal(user_id=session.user_id, session_id=session.pk)
    if not session.user.is_staff:
        leave(principal, origin=origin)
        reason = PermissionDenied.code
        audit.tell(EventType.PERMISSION_DENIED, Outcome.FAILURE, actor=principal, wish="enter_admin", reason=reason)
        raise PermissionDenied(NOT_STAFF)
    return principal
