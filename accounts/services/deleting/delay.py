"""Puts a deletion off for as long as AUTH_DELETION_DELAY says: the person is suspended, and can still stay."""

from uuid import UUID

from django.db.models.functions import Now

from accounts import audit
from accounts.conf import auth_settings
from accounts.errors import InvalidCode
from accounts.models import Code, DelayedDeletion, EventType, MailKind, Outcome, User
from accounts.principals import WORKER, Nobody, Origin, UserPrincipal
from accounts.services import codes, mailing, revocation, suspension
from accounts.services.transactions import transactional


@transactional
def put_off(user_id: UUID, *, checked_hash: str, actor: UserPrincipal, origin: Origin) -> DelayedDeletion | None:
    """None for whoever's password is no longer the one that was checked, or may not come in any more."""
    revocation.lock_user(user_id)
    user = User.objects.present().admitted().filter(pk=user_id, password=checked_hash).first()
    if user is None:
        return None
    suspended = suspension.suspend_locked(user, reason="", until=None, actor=actor, origin=origin)
    DelayedDeletion.objects.filter(user=user).delete()  # of whoever was let in behind the services' back
    delayed = DelayedDeletion.objects.create(
        user=suspended,
        session_id=actor.session_id,
        suspension=suspension.open_of(suspended),
        begins_at=Now() + auth_settings.deletion_delay,
    )
    mailing.enqueue(MailKind.CANCEL_DELETION, address=user.email, user_id=user_id)
    audit.record(
        EventType.USER_DELETION_REQUESTED, Outcome.SUCCESS, actor=actor, origin=origin, subject=user_id, delayed=True
    )
    delayed.refresh_from_db()
    return delayed


def go_on_waiting_locked(user_id: UUID) -> bool:
    """Within a transaction that holds the row of a user whose suspension is over: what staff decided about them
    meanwhile was not about their wish. False for whoever does not wait.
    """
    delayed = DelayedDeletion.objects.filter(user_id=user_id).select_related("user").first()
    if delayed is None:
        return False
    suspended = suspension.suspend_locked(delayed.user, reason="", until=None, actor=WORKER, origin=Origin())
    DelayedDeletion.objects.filter(pk=delayed.pk).update(suspension=suspension.open_of(suspended))
    return True


def cancel(*, token: str, origin: Origin) -> None:
    """Raises InvalidCode. Whoever was suspended by somebody else meanwhile stays so."""
    event = EventType.USER_DELETION_CANCELLED
    _cancel(codes.require(token, event, MailKind.CANCEL_DELETION), origin)


@transactional
def _cancel(code: Code, origin: Origin) -> None:
    revocation.lock_user(code.user_id)
    codes.spend_locked(code)
    still = DelayedDeletion.objects.cancellable().filter(user_id=code.user_id)
    delayed = still.select_related("user", "suspension").first()
    if delayed is None:
        raise InvalidCode
    delayed.delete()
    if delayed.suspension.lifted_at is None:
        suspension.reinstate_locked(delayed.user, actor=Nobody(), origin=origin)
    audit.record(
        EventType.USER_DELETION_CANCELLED, Outcome.SUCCESS, actor=Nobody(), origin=origin, subject=code.user_id
    )
