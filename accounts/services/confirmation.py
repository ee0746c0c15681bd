"""Lets somebody who is signed in prove once more that they know their password."""

from accounts import audit, passwords
from accounts.errors import AccountSuspended, SessionRevoked, WrongPassword
from accounts.models import EventType, Outcome, User
from accounts.models.users import MAY_COME_IN
from accounts.principals import Origin, UserPrincipal
from accounts.services.transactions import transactional
from accounts.throttling import attempts


def confirm_password(password: str, *, actor: UserPrincipal, origin: Origin, purpose: EventType) -> User:
    """The caller, whose password this is. Raises WrongPassword (counts as a failed sign-in, and is recorded as a
    failed `purpose`), TooManyAttempts, Busy; what `get_present` raises."""
    user = get_present(actor)
    subject, session = actor.user_id, actor.session_id
    with (
        audit.limits_told(purpose, actor=actor, subject=subject, session=session),
        attempts.attempt(account=user.email, origin=origin, own_count=lambda: str(session)) as attempt,
    ):
        if not passwords.verify(password, user.password).matches:
            attempt.failed()
            _record_failure(purpose, actor, origin)
            raise WrongPassword
    return user


def get_present(actor: UserPrincipal) -> User:
    """Whoever was identified a moment ago may be gone (SessionRevoked) or kept out (AccountSuspended) by now."""
    user = User.objects.present().filter(pk=actor.user_id).annotate(is_admitted=MAY_COME_IN).first()
    if user is None:
        raise SessionRevoked
    if not user.is_admitted:  # type: ignore[attr-defined]  # annotated above
        raise AccountSuspended
    return user


@transactional
def _record_failure(purpose: EventType, actor: UserPrincipal, origin: Origin) -> None:
    subject, session = actor.user_id, actor.session_id
    audit.record(purpose, Outcome.FAILURE, actor=actor, origin=origin, subject=subject, session=session)
