"""Sees deletions through: who has acknowledged them, and the erasing once nobody is awaited. Safe to repeat anywhere.

Each step is a transaction of its own, decided by what the tables say, so whoever comes next goes on after a death.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog
from django.db import DatabaseError, InterfaceError
from django.db.models import F, ProtectedError, RestrictedError
from django.db.models.functions import Now

from accounts import audit
from accounts.models import (
    AuditContext,
    AuditEvent,
    Deletion,
    DeletionAcknowledgement,
    EventType,
    Outcome,
    User,
)
from accounts.models.deletions import DeletionQuerySet
from accounts.principals import Origin, System
from accounts.services import revocation
from accounts.services.deleting.reminders import reminders
from accounts.services.transactions import transactional
from accounts.throttling import attempts

BATCH: Final = 500
ERASED_AT_ONCE: Final = 50
"""The worker's other duties are not to wait for more."""

SWEPT_FOR: Final = timedelta(hours=1)
ERASURE: Final = System("erasure")

log = structlog.get_logger("accounts.erasure")


def advance(deletion_id: UUID) -> None:
    """One deletion, as far as it goes now. Never raises: what fails is told, and left to the worker."""
    try:
        note(Deletion.objects.filter(pk=deletion_id))
        finish(Deletion.objects.filter(pk=deletion_id))
    except (DatabaseError, InterfaceError) as exc:
        log.warning("deletion_left_to_the_worker", deletion=str(deletion_id), error=type(exc).__name__)


def advance_deletions() -> int:
    """The worker's duty: all that are under way; how many were completed."""
    note(Deletion.objects.all())
    sweep()
    return finish(Deletion.objects.all())


@transactional
def note(deletions: DeletionQuerySet) -> None:
    """The numbers of their notices, and which consumers have followed the log beyond them."""
    deletions.note_numbers()
    acknowledgements = DeletionAcknowledgement.objects.filter(deletion__in=deletions.under_way())
    acknowledgements.note_reached(F("consumer__acknowledged_seq"))


def finish(deletions: DeletionQuerySet) -> int:
    """Erase whoever is behind those that wait for nobody; how many. One that can't be erased keeps none waiting."""
    done = 0
    for deletion_id in _all(deletions.ready()):
        done += _try(deletion_id)
        if done == ERASED_AT_ONCE:
            break
    return done


def _all(deletions: DeletionQuerySet) -> Iterator[UUID]:
    """In batches by id: the first ones may stay, and must not be all that is ever looked at."""
    last = UUID(int=0)
    while batch := list(deletions.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        yield from batch
        last = batch[-1]


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
        attempts.forget(user.email)
        user.delete()
    AuditContext.objects.filter(subject=user_id).delete()
    AuditContext.objects.filter(event__in=AuditEvent.objects.filter(actor=str(user_id))).delete()
    Deletion.objects.filter(pk=deletion_id).update(completed_at=Now())
    audit.record(EventType.USER_DELETED, Outcome.SUCCESS, actor=ERASURE, origin=Origin(), subject=user_id)
    return True


@transactional
def sweep() -> None:
    """What a sign-in that was under way wrote about the person just after the erasing."""
    erased = Deletion.objects.filter(completed_at__gt=Now() - SWEPT_FOR)
    AuditContext.objects.filter(subject__in=erased.values("user_id")).delete()
