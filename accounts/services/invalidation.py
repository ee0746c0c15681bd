"""Ends every session, every service client's tokens and every mailed code: for after a restored backup, when
nobody knows what the lost writes said.
"""

from dataclasses import dataclass

from django.db.models.functions import Now

from accounts import audit
from accounts.models import Code, EventType, MailKind, Outcome, RevocationReason, ServiceClient, Session, User
from accounts.notices.log import MAX_SUBJECTS_AT_ONCE
from accounts.principals import Origin, System
from accounts.services import revocation
from accounts.services.clients import epochs
from accounts.services.transactions import transactional


@dataclass(frozen=True, slots=True)
class Ended:
    """How many sessions, and how many clients with whatever tokens they had."""

    sessions: int
    clients: int


def invalidate_all_tokens(*, actor: System) -> Ended:
    """In batches, so that no transaction holds many rows for long; safe to repeat."""
    sessions = 0
    while (batch := _end_batch()) is not None:
        sessions += batch
    clients = list(ServiceClient.objects.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(clients), MAX_SUBJECTS_AT_ONCE):
        _end_tokens_of(clients[start : start + MAX_SUBJECTS_AT_ONCE])
    _end_codes()
    ended = Ended(sessions, len(clients))
    _record(actor, ended)
    return ended


@transactional
def _end_batch() -> int | None:
    """How many this call ended, of the next users who have any; None when there is nothing left to end."""
    holders = Session.objects.unrevoked().order_by("user_id").values_list("user_id", flat=True).distinct()
    users = User.objects.select_for_update(no_key=True).filter(pk__in=list(holders[:MAX_SUBJECTS_AT_ONCE]))
    ended = [
        len(revocation.end_locked(user_id, Session.objects.filter(user_id=user_id), RevocationReason.INVALIDATED))
        for user_id in users.order_by("pk").values_list("pk", flat=True)
    ]
    return sum(ended) if ended else None


@transactional
def _end_tokens_of(client_ids: list[str]) -> None:
    for client in ServiceClient.objects.select_for_update(no_key=True).filter(pk__in=client_ids).order_by("pk"):
        epochs.renew_locked(client)
        client.save(update_fields=["epoch"])


def _end_codes() -> None:
    """Some may have been used. Whoever waits to be deleted may still say no, though."""
    Code.objects.filter(expires_at__gt=Now()).exclude(purpose=MailKind.CANCEL_DELETION).update(expires_at=Now())


@transactional
def _record(actor: System, ended: Ended) -> None:
    audit.record(
        EventType.TOKENS_INVALIDATED,
        Outcome.SUCCESS,
        actor=actor,
        origin=Origin(),
        count=ended.sessions,
        clients=ended.clients,
    )
