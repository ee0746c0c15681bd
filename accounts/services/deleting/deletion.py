"""Requests deletions: from then on the person is out, and gone for everybody but the deletion itself."""

from functools import partial
from typing import Final
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from accounts import audit
from accounts.conf import auth_settings
from accounts.errors import NotFound, WrongPassword
from accounts.models import (
    DelayedDeletion,
    Deletion,
    DeletionAcknowledgement,
    DeletionConsumer,
    EventType,
    NoticeType,
    Outcome,
    RevocationReason,
    User,
)
from accounts.models.users import UserQuerySet
from accounts.notices import log
from accounts.principals import Origin, Principal, UserPrincipal, name_of
from accounts.services import confirmation, revocation
from accounts.services.authorisation import Action, require
from accounts.services.deleting import delay, erasure, receipts
from accounts.services.deleting.receipts import Receipt
from accounts.services.transactions import transactional

AT_ONCE: Final = 20
"""So many at most are seen through by the call of a consumer; the worker sees to the rest."""


def request_own(*, password: str, actor: UserPrincipal, origin: Origin) -> Deletion | DelayedDeletion:
    """At once, or put off where AUTH_DELETION_DELAY says so.

    Raises WrongPassword (counts as a failed sign-in), TooManyAttempts, Busy; SessionRevoked, AccountSuspended.
    """
    purpose = EventType.USER_DELETION_REQUESTED
    user = confirmation.confirm_password(password, actor=actor, origin=origin, purpose=purpose)
    ask = delay.put_off if auth_settings.deletion_delay else _request_own
    requested = ask(user.pk, checked_hash=user.password, actor=actor, origin=origin)
    if requested is None:
        confirmation.get_present(actor)
        raise WrongPassword  # somebody changed it in between
    return _advanced(requested) if isinstance(requested, Deletion) else requested


def request(user_id: UUID, *, actor: Principal, origin: Origin) -> Deletion:
    """For staff and commands. Whoever is being deleted, or has been, has that deletion already. NotFound for nobody;
    what `authorisation.require` raises."""
    return _advanced(_request(user_id, actor=actor, origin=origin))


def force(user_id: UUID, *, reason: str, actor: Principal, origin: Origin) -> Receipt:
    """Complete a deletion without those who have not acknowledged it; the first reason stays.

    NotFound where none was requested; InvalidInput for a reason that is empty, too long, or names the person: it
    outlives them. What `authorisation.require` raises.
    """
    return receipts.of(_advanced(_force(user_id, reason, actor=actor, origin=origin)))


def begin_locked(user_id: UUID, *, deletion_id: UUID, actor: Principal, origin: Origin) -> None:
    """One that was put off, within a transaction that holds the user's row. It keeps the id that was answered."""
    present = User.objects.present().filter(pk=user_id)
    _request_locked(user_id, present, actor=actor, origin=origin, deletion_id=deletion_id)


@transactional
def note_acknowledged(consumer_id: str, seq: int) -> None:
    """This consumer has dealt with the log up to `seq`. Once that is committed, what waited for it alone goes on.

    A call marks so many at most; how far the consumer is says the rest to the worker.
    """
    Deletion.objects.note_numbers()
    owed = DeletionAcknowledgement.objects.filter(consumer_id=consumer_id, deletion__completed_at__isnull=True)
    waiting = owed.awaited().filter(deletion__notice_seq__lte=seq).values_list("deletion_id", flat=True)
    next_ones = list(waiting[:AT_ONCE])
    DeletionAcknowledgement.objects.filter(consumer_id=consumer_id).note_reached(seq, at_most=erasure.BATCH)
    for deletion_id in next_ones:
        transaction.on_commit(partial(erasure.advance, deletion_id))


@transactional
def _request_own(user_id: UUID, *, checked_hash: str, actor: UserPrincipal, origin: Origin) -> Deletion | None:
    """None for whoever's password is no longer the one that was checked."""
    revocation.lock_user(user_id)
    unchanged = User.objects.present().admitted().filter(pk=user_id, password=checked_hash)
    return _request_locked(user_id, unchanged, actor=actor, origin=origin)


@transactional
def _request(user_id: UUID, *, actor: Principal, origin: Origin) -> Deletion:
    """Decided by the row that is held, as it is now, and by what the actor is now."""
    require(Action.DELETE_USER, actor=actor, target=_lock(user_id, actor))
    present = User.objects.present().filter(pk=user_id)
    if (deletion := _request_locked(user_id, present, actor=actor, origin=origin)) is None:
        raise NotFound("There is no such user.")
    return deletion


def _lock(user_id: UUID, actor: Principal) -> User | None:
    revocation.lock_users(user_id, actor=actor)
    return User.objects.filter(pk=user_id).first()


def _request_locked(
    user_id: UUID, present: UserQuerySet, *, actor: Principal, origin: Origin, deletion_id: UUID | None = None
) -> Deletion | None:
    """Within a transaction that holds the user's row; None where `present` has nobody."""
    if (known := Deletion.objects.filter(user_id=user_id).first()) is not None:
        return known
    credentials_version = F("credentials_version") + 1
    if not present.record_change(is_active=False, deletion_requested_at=Now(), credentials_version=credentials_version):
        return None
    revocation.revoke_locked(user_id, None, RevocationReason.DELETED, actor=actor, origin=origin)
    version = User.objects.values_list("version", flat=True).get(pk=user_id)
    notice_id = log.append(NoticeType.USER_DELETED, user_id, version=version)
    deletion = Deletion.objects.create(
        pk=deletion_id or uuid4(), user_id=user_id, requested_by=name_of(actor), notice_id=notice_id
    )
    DeletionAcknowledgement.objects.bulk_create(
        DeletionAcknowledgement(deletion=deletion, consumer=consumer)
        for consumer in DeletionConsumer.objects.filter(retired_at__isnull=True)
    )
    audit.record(EventType.USER_DELETION_REQUESTED, Outcome.SUCCESS, actor=actor, origin=origin, subject=user_id)
    return deletion


@transactional
def _force(user_id: UUID, reason: str, *, actor: Principal, origin: Origin) -> Deletion:
    user = _lock(user_id, actor)
    require(Action.FORCE_DELETION, actor=actor, target=user)
    checked = receipts.checked_reason(reason, user)
    unforced = Deletion.objects.under_way().filter(user_id=user_id, forced_by="")
    if unforced.update(forced_by=name_of(actor), forced_reason=checked):
        audit.record(EventType.USER_DELETION_FORCED, Outcome.SUCCESS, actor=actor, origin=origin, subject=user_id)
    if (deletion := Deletion.objects.filter(user_id=user_id).first()) is None:
        raise NotFound("No deletion of this user was requested.")
    return deletion


def _advanced(deletion: Deletion) -> Deletion:
    """As far as it goes at once. It is committed by now, so what fails here is the worker's to finish."""
    erasure.advance(deletion.pk)
    deletion.refresh_from_db()
    return deletion
