"""What happened, told once: a row, a log line and a counter, none with a secret in it."""

from uuid import UUID

import structlog
from django.db import transaction

from accounts import metrics
from accounts.models import AuditContext, AuditEvent, EventType, Outcome
from accounts.models.audit import INSERT_CONTEXT, INSERT_EVENT
from accounts.principals import Origin, Principal, name_of

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
    event = AuditEvent(
        type=event_type,
        outcome=outcome,
        actor=name_of(actor),
        subject=subject,
        session=session,
        request_id=origin.request_id,
        data=data,
    )
    INSERT_EVENT.run(event)
    if origin.address or origin.user_agent:
        whence = {"address": origin.address, "user_agent": origin.user_agent}
        INSERT_CONTEXT.run(AuditContext(event=event, subject=subject, **whence))
    transaction.on_commit(lambda: tell(event_type, outcome, actor=actor, subject=subject, session=session, **data))


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
