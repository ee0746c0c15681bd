"""Suspends people and lets them in again: one state, and the history of how it came about."""

from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from django.utils import timezone

from accounts import audit
from accounts.errors import FieldError, InvalidInput, NotFound
from accounts.models import DelayedDeletion, EventType, NoticeType, Outcome, RevocationReason, Suspension, User
from accounts.models.suspensions import REASON_MAX_LENGTH, SuspensionQuerySet
from accounts.notices import log
from accounts.principals import Origin, Principal, System, name_of
from accounts.services import authorisation, revocation
from accounts.services.authorisation import Action
from accounts.services.transactions import transactional

EXPIRY: Final = System("expiry")
"""In whose name somebody is suspended whose account is over; nobody else acts under it."""

EXPIRED: Final = "The account has expired."


@transactional
def suspend(user_id: UUID, *, reason: str, until: datetime | None = None, actor: Principal, origin: Origin) -> User:
    """The user, who is out everywhere. Whoever is suspended already gets the new reason and end; the history has both.

    Raises NotFound; what `authorisation.require` does, and, of an end for whoever is out, `…require_letting_in`;
    InvalidInput for an end that is not to come or a reason that is too long.
    """
    user = authorisation.lock_for(Action.SUSPEND_USER, user_id, actor=actor)
    _check(reason, until)
    if until is not None and not user.is_active:
        authorisation.require_letting_in(user, actor=actor)
    return suspend_locked(user, reason=reason, until=until, actor=actor, origin=origin)


@transactional
def reinstate(user_id: UUID, *, actor: Principal, origin: Origin) -> User:
    """The user, who may sign in again; what was ended stays ended. Raises NotFound; what `authorisation.require` and
    `…require_letting_in` do; InvalidInput where the account is over: another end lets them in.
    """
    user = authorisation.lock_for(Action.REINSTATE_USER, user_id, actor=actor)
    if user.has_expired(timezone.now()):
        raise InvalidInput([FieldError("expires_at", "over", "This account has expired; give it another end first.")])
    if user.is_active and not Suspension.objects.open().filter(user=user).exists():
        return user
    authorisation.require_letting_in(user, actor=actor)
    return reinstate_locked(user, actor=actor, origin=origin)


def history(user_id: UUID, *, actor: Principal) -> SuspensionQuerySet:
    """All suspensions of a user. Raises PermissionDenied, NotFound."""
    authorisation.require(Action.READ_SUSPENSIONS, actor=actor)
    if not User.objects.present().filter(pk=user_id).exists():
        raise NotFound
    return Suspension.objects.filter(user_id=user_id)


def suspend_locked(user: User, *, reason: str, until: datetime | None, actor: Principal, origin: Origin) -> User:
    """Within a transaction that holds the user's row, for whoever may do it."""
    Suspension.objects.filter(user=user).lift(by=name_of(actor))
    Suspension.objects.create(user=user, reason=reason, until=until, actor=name_of(actor))
    suspended = _set_active(user, is_active=False)
    revocation.revoke_locked(user.pk, None, RevocationReason.SUSPENDED, actor=actor, origin=origin)
    end = f"{until.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if until else None
    log.append(NoticeType.USER_SUSPENDED, user.pk, version=suspended.version, until=end)
    audit.record(
        EventType.USER_SUSPENDED, Outcome.SUCCESS, actor=actor, origin=origin, subject=user.pk, until=end
    )  # without the reason: it is free text about a person
    return suspended


def expire_locked(user: User, *, origin: Origin) -> User:
    """Suspend whose account is over, within a transaction that holds the user's row."""
    return suspend_locked(user, reason=EXPIRED, until=None, actor=EXPIRY, origin=origin)


def reinstate_locked(user: User, *, actor: Principal, origin: Origin) -> User:
    """Within a transaction that holds the user's row, for whoever may do it. Whose account is over stays out."""
    if user.has_expired(timezone.now()):
        return expire_locked(user, origin=origin)
    if not user.is_active:  # a session that was begun behind the services' back must not come to life again
        revocation.revoke_locked(user.pk, None, RevocationReason.SUSPENDED, actor=actor, origin=origin)
    Suspension.objects.filter(user=user).lift(by=name_of(actor))
    if DelayedDeletion.objects.filter(user=user).delete()[0]:  # whoever is let in again does not expect to be deleted
        audit.record(EventType.USER_DELETION_CANCELLED, Outcome.SUCCESS, actor=actor, origin=origin, subject=user.pk)
    reinstated = _set_active(user, is_active=True)
    log.append(NoticeType.USER_REINSTATED, user.pk, version=reinstated.version)
    audit.record(EventType.USER_REINSTATED, Outcome.SUCCESS, actor=actor, origin=origin, subject=user.pk)
    return reinstated


def is_for_expiry(user: User) -> bool:
    """Whether it is the end of their account that keeps them out, and no decision about them."""
    return Suspension.objects.open().filter(user=user, actor=name_of(EXPIRY)).exists()


def open_of(user: User) -> Suspension:
    """Of somebody who is suspended."""
    return Suspension.objects.open().get(user=user)


def _check(reason: str, until: datetime | None) -> None:
    problems = []
    if len(reason) > REASON_MAX_LENGTH:
        problems.append(FieldError("reason", "max_length", f"At most {REASON_MAX_LENGTH} characters."))
    if until is not None and until <= timezone.now():
        problems.append(FieldError("until", "not_to_come", "This is over already; name a time that is to come."))
    if problems:
        raise InvalidInput(problems)


def _set_active(user: User, *, is_active: bool) -> User:
    User.objects.filter(pk=user.pk).record_change(is_active=is_active)
    return User.objects.get(pk=user.pk)
