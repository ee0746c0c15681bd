"""Ends accounts at a time that was set: what reads them sees it by itself, and the worker tells everybody else."""

from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from django.db.models import F
from django.utils import timezone

from accounts import audit
from accounts.models import EventType, NoticeType, Outcome, RevocationReason, User
from accounts.notices import log
from accounts.principals import Origin, Principal
from accounts.services import authorisation, revocation, rounds, suspension
from accounts.services.authorisation import Action
from accounts.services.following import notices
from accounts.services.rounds import Turn
from accounts.services.transactions import transactional

FIELD: Final = "expires_at"


@transactional
def set_expiry(user_id: UUID, expires_at: datetime | None, *, actor: Principal, origin: Origin) -> User:
    """The user, who may come in until then, or for good (None). Where that is over they are suspended at once; an end
    that is to come lifts the suspension of one that was over, and no other.

    Whoever is signed in with tokens that might outlive it has to sign in once more. Raises NotFound; what
    `authorisation.require` does, and, of a later end, `…require_letting_in`.
    """
    user = authorisation.lock_for(Action.SUSPEND_USER, user_id, actor=actor)
    is_out = suspension.is_for_expiry(user)
    if is_out or _is_later(user.expires_at, expires_at):
        authorisation.require_letting_in(user, actor=actor)
    if user.expires_at != expires_at:
        user = _write(user, expires_at, actor=actor, origin=origin)
    if user.has_expired(timezone.now()):
        return suspension.expire_locked(user, origin=origin) if user.is_active else user
    return suspension.reinstate_locked(user, actor=actor, origin=origin) if is_out else user


def suspend_expired() -> int:
    """The worker's duty: suspend whose account is over, so that lists, mirrors and other services hear of it; how many.
    Whoever is suspended already stays so, and for the same reason.
    """
    expired = User.objects.expired().order_by(FIELD).values_list("pk", flat=True)
    return rounds.each(expired[: rounds.BATCH], _suspend_expired, Turn()).done


def as_told(expires_at: datetime | None) -> str | None:
    """In the audit."""
    return None if expires_at is None else f"{expires_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _suspend_expired(user_id: UUID) -> bool:
    """In a transaction that holds the user's row; somebody may have given them another end meanwhile."""
    if (user := User.objects.expired().filter(pk=user_id).first()) is None:
        return False
    suspension.expire_locked(user, origin=Origin())
    return True


def _write(user: User, expires_at: datetime | None, *, actor: Principal, origin: Origin) -> User:
    ends_sessions = _is_outlived(user.expires_at, expires_at)
    older_sign_ins = {"credentials_version": F("credentials_version") + 1} if ends_sessions else {}
    User.objects.filter(pk=user.pk).record_change(expires_at=expires_at, **older_sign_ins)
    if ends_sessions:
        revocation.revoke_locked(user.pk, None, RevocationReason.EXPIRY_CHANGED, actor=actor, origin=origin)
    changed = User.objects.get(pk=user.pk)
    log.append(NoticeType.USER_UPDATED, user.pk, version=changed.version)
    audit.record(
        EventType.USER_UPDATED,
        Outcome.SUCCESS,
        actor=actor,
        origin=origin,
        subject=user.pk,
        fields=FIELD,
        expires_at=as_told(expires_at),
    )
    return changed


def _is_later(known: datetime | None, new: datetime | None) -> bool:
    return known is not None and (new is None or known < new)


def _is_outlived(known: datetime | None, new: datetime | None) -> bool:
    """Whether tokens may be about that end later than the account now does: those who verify by keys alone would take
    them, and somebody may just be signing in by what the row said before.
    """
    if new is None or (known is not None and known <= new):
        return False
    return new < timezone.now() + notices.refusal_window()
