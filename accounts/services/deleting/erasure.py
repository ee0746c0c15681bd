"""Sees deletions through: who has acknowledged them, and the erasing once nobody is awaited. Safe to repeat anywhere.

Each step is a transaction of its own, decided by what the tables say, so whoever comes next goes on after a death.
"""

from collections.abc import Collection, Iterable
from datetime import timedelta
from functools import partial
from typing import Final
from uuid import UUID

import structlog
from django.db import DatabaseError, InterfaceError, transaction
from django.db.models import F, ProtectedError, RestrictedError
from django.db.models.functions import Now

from accounts import audit, metrics
from accounts.conf import auth_settings
from accounts.models import (
    AuditContext,
    AuditEvent,
    Deletion,
    DeletionAcknowledgement,
    EventType,
    Mail,
    Outcome,
    User,
)
from accounts.models.deletions import DeletionAcknowledgementQuerySet, DeletionQuerySet
from accounts.principals import Origin, System
from accounts.services import revocation
from accounts.services.deleting.reminders import reminders
from accounts.services.deleting.turns import turns
from accounts.services.transactions import transactional
from accounts.throttling import attempts

BATCH: Final = 500
"""So many acknowledgements, or people, a statement."""

BATCHES_AT_ONCE: Final = 5
TRIED_AT_ONCE: Final = 50
"""The worker's other duties are not to wait for more. Also those that can't be erased count."""

TELLING_ADDRESSES: Final = (EventType.USER_REGISTERED, EventType.EMAIL_CHANGE_REQUESTED, EventType.EMAIL_CHANGED)
"""Events of somebody with an address of theirs."""

SWEPT_FOR: Final = timedelta(hours=1)
ERASURE: Final = System("erasure")

log = structlog.get_logger("accounts.erasure")


def advance(deletion_id: UUID) -> None:
    """One deletion, as far as it goes now. Never raises: what fails is told, and left to the worker."""
    try:
        deletion = Deletion.objects.filter(pk=deletion_id)
        note(deletion, DeletionAcknowledgement.objects.filter(deletion_id=deletion_id))
        finish(deletion.ready().values_list("pk", flat=True))
    except (DatabaseError, InterfaceError) as exc:
        log.warning("deletion_left_to_the_worker", deletion=str(deletion_id), error=type(exc).__name__)


def advance_deletions() -> int:
    """The worker's duty: all that are under way, those that can be erased in turns; how many were completed."""
    note(Deletion.objects.all(), DeletionAcknowledgement.objects.all())
    sweep()
    done = finish(turns.next_of(Deletion.objects.ready(), TRIED_AT_ONCE))
    metrics.UNERASED_DELETIONS.set(Deletion.objects.ready().count())
    return done


def note(deletions: DeletionQuerySet, owed: DeletionAcknowledgementQuerySet) -> None:
    """The numbers of their notices, and which consumers have followed the log beyond them."""
    deletions.note_numbers()
    for _ in range(BATCHES_AT_ONCE):
        if _note_batch(owed) < BATCH:
            break


@transactional
def _note_batch(owed: DeletionAcknowledgementQuerySet) -> int:
    return owed.note_reached(F("consumer__acknowledged_seq"), at_most=BATCH)


def finish(ready: Iterable[UUID]) -> int:
    """Erase whoever is behind these; how many. One that can't be erased keeps none waiting."""
    return sum(_try(deletion_id) for deletion_id in ready)


def _try(deletion_id: UUID) -> bool:
    """Tables of other people refer to the user, and their receivers listen: whatever they raise is told by its type
    alone, since its words may name the person."""
    try:
        return _erase(deletion_id)
    except (ProtectedError, RestrictedError) as exc:
        held_by, error = _holders(exc), type(exc).__name__
    except Exception as exc:  # noqa: BLE001 - whatever a receiver raises: others are not to wait for it
        held_by, error = [], type(exc).__name__
    if reminders.is_due(f"erasure:{deletion_id}"):
        log.error("erasure_failed", deletion=str(deletion_id), error=error, held_by=held_by)
    return False


def _holders(exc: ProtectedError | RestrictedError) -> list[str]:
    """The models whose rows won't let go."""
    rows = exc.protected_objects if isinstance(exc, ProtectedError) else exc.restricted_objects
    return sorted({row._meta.label for row in rows})  # noqa: SLF001 - Django's own name for it


@transactional
def _erase(deletion_id: UUID) -> bool:
    """False if somebody else was quicker, or there is somebody to wait for after all."""
    user_id = Deletion.objects.values_list("user_id", flat=True).get(pk=deletion_id)
    revocation.lock_user(user_id)
    deletion = Deletion.objects.select_for_update(no_key=True).ready().filter(pk=deletion_id).first()
    if deletion is None:
        return False
    if (user := User.objects.filter(pk=user_id).first()) is not None:
        transaction.on_commit(partial(attempts.forget, user.email, _networks(user_id)))
        Mail.objects.of(user).delete()
        _forget_addresses(user)
        user.delete()
    _strip_audit([user_id])
    Deletion.objects.filter(pk=deletion_id).update(completed_at=Now())
    audit.record(EventType.USER_DELETED, Outcome.SUCCESS, actor=ERASURE, origin=Origin(), subject=user_id)
    return True


def _networks(user_id: UUID) -> set[str]:
    """From where somebody tried to be them, as far back as failures count."""
    since = Now() - timedelta(seconds=auth_settings.login_limits["account"].period_seconds)
    tried = AuditContext.objects.filter(subject=user_id, event__occurred_at__gt=since, address__isnull=False)
    return {Origin(address=address).network for address in tried.values_list("address", flat=True)}


def _forget_addresses(user: User) -> None:
    """Where others typed one that is theirs, or was, as far as the audit knows: but not what somebody else has now."""
    events = AuditEvent.objects.filter(type__in=TELLING_ADDRESSES, outcome=Outcome.SUCCESS)
    told = AuditContext.objects.filter(subject=user.pk, email__isnull=False, event__in=events)
    theirs = {user.email, *told.values_list("email", flat=True)}
    taken = User.objects.filter(email__in=theirs).exclude(pk=user.pk).values_list("email", flat=True)
    AuditContext.objects.filter(email__in=theirs.difference(taken)).delete()


def _strip_audit(user_ids: Collection[UUID]) -> None:
    """From where and with what they came, what they typed and what their client called its requests: the events stay,
    by id.
    """
    by_them = AuditEvent.objects.filter(actor__in=[str(user_id) for user_id in user_ids])
    AuditContext.objects.filter(subject__in=user_ids).delete()
    AuditContext.objects.filter(event__in=by_them).delete()


def sweep() -> None:
    """What was under way wrote about the person, or as them, just after the erasing."""
    erased = list(Deletion.objects.filter(completed_at__gt=Now() - SWEPT_FOR).values_list("user_id", flat=True))
    for start in range(0, len(erased), BATCH):
        _strip_audit(erased[start : start + BATCH])
