"""What happened, told once: a row, a log line and a counter, none with a secret in it."""

from collections.abc import Collection
from uuid import UUID

import structlog
from django.db import transaction

from accounts import metrics
from accounts.models import AuditContext, AuditEvent, EventType, Outcome
from accounts.models.audit import INSERT_CONTEXT, INSERT_EVENT
from accounts.principals import Nobody, Origin, Principal, name_of

log = structlog.get_logger("accounts.audit")

Datum = str | int | bool | None


def record(
    event_type: EventType,
    outcome: Outcome,
    *,
    actor: Principal,
    origin: Origin,
    subject: UUID | None = None,
    session: UUID | None = None,
    **data: Datum,
) -> None:
    """Row, line and counter; within the caller's transaction, so that what is rolled back was never told."""
    event, context = rows_of(event_type, outcome, actor=actor, origin=origin, subject=subject, session=session, **data)
    INSERT_EVENT.run(event)
    if context is not None:
        context.event = event
        INSERT_CONTEXT.run(context)
    transaction.on_commit(lambda: tell(event_type, outcome, actor=actor, subject=subject, session=session, **data))


def rows_of(
    event_type: EventType,
    outcome: Outcome,
    *,
    actor: Principal,
    origin: Origin,
    subject: UUID | None = None,
    session: UUID | None = None,
    **data: Datum,
) -> tuple[AuditEvent, AuditContext | None]:
    """What `record` writes, for whoever writes it along with their own, and then tells of it. The context has yet to be
    given its event; there is none of who comes from nowhere.
    """
    event = AuditEvent(
        type=event_type,
        outcome=outcome,
        actor=name_of(actor),
        subject=subject,
        session=session,
        request_id=origin.request_id,
        data=data,
    )
    if not (origin.address or origin.user_agent):
        return event, None
    return event, AuditContext(subject=subject, address=origin.address, user_agent=origin.user_agent)


def record_imported(subjects: Collection[UUID], *, actor: Principal) -> None:
    """A row each and one line for all of them; within the caller's transaction."""
    event, outcome, name = EventType.USER_IMPORTED, Outcome.SUCCESS, name_of(actor)
    AuditEvent.objects.bulk_create(
        AuditEvent(type=event, outcome=outcome, actor=name, subject=subject) for subject in subjects
    )
    transaction.on_commit(lambda: tell(event, outcome, actor=actor, people=len(subjects)))


def tell_as_slowly(event_type: EventType, outcome: Outcome, *, reason: str) -> None:
    """Of nobody: line and counter alone, after as much writing as a row takes, within the caller's transaction.

    Where there is a row for somebody who exists, its absence would show in the time of the answer.
    """
    event = AuditEvent.objects.create(type=event_type, outcome=outcome, data={"reason": reason})
    AuditEvent.objects.filter(pk=event.pk)._raw_delete(AuditEvent.objects.db)  # noqa: SLF001 - nothing refers to it
    transaction.on_commit(lambda: tell(event_type, outcome, actor=Nobody(), reason=reason))


def tell(
    event_type: EventType,
    outcome: Outcome,
    *,
    actor: Principal,
    subject: UUID | None = None,
    session: UUID | None = None,
    **data: Datum,
) -> None:
    """Line and counter without a row: for what happens too often, or at a stranger's will."""
    metrics.AUDIT_EVENTS.labels(event_type, outcome).inc()
    ids = {"actor": name_of(actor), "subject": subject and str(subject), "session": session and str(session)}
    log.info(str(event_type), outcome=str(outcome), **ids, **data)
