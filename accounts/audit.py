"""What happened, told once: a row, a log line and a counter, none with a secret in it."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from uuid import UUID

import structlog
from django.db import transaction

from accounts import metrics
from accounts.errors import TooManyAttempts
from accounts.models import AuditContext, AuditEvent, EventType, Outcome
from accounts.models.audit import INSERT_CONTEXT, INSERT_EVENT, commit_to, make_salt
from accounts.principals import Nobody, Origin, Principal, name_of

log = structlog.get_logger("accounts.audit")

Datum = str | int | bool | list[str] | None


def record(
    event_type: EventType,
    outcome: Outcome,
    *,
    actor: Principal,
    origin: Origin,
    subject: UUID | None = None,
    session: UUID | None = None,
    email: str | None = None,
    **data: Datum,
) -> None:
    """Row, line and counter; within the caller's transaction, so that what is rolled back was never told."""
    event, context = rows_of(
        event_type, outcome, actor=actor, origin=origin, subject=subject, session=session, email=email, **data
    )
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
    email: str | None = None,
    **data: Datum,
) -> tuple[AuditEvent, AuditContext | None]:
    """What `record` writes, for whoever writes it along with their own, and then tells of it. The context has yet to be
    given its event.

    From where it came, and `email`, an address that was typed, are personal: they lie apart from the row, which commits
    to them, and are in no line, because no line can be erased.
    """
    context = _context(subject, origin, email)
    event = AuditEvent(
        type=event_type,
        outcome=outcome,
        actor=name_of(actor),
        subject=subject,
        session=session,
        data=data,
        commitment="" if context is None else context.commitment,
    )
    return event, context


def record_imported(subjects: Collection[UUID], *, actor: Principal) -> None:
    """A row each and one line for all of them; within the caller's transaction."""
    event, outcome, name = EventType.USER_IMPORTED, Outcome.SUCCESS, name_of(actor)
    AuditEvent.objects.bulk_create(
        AuditEvent(type=event, outcome=outcome, actor=name, subject=subject) for subject in subjects
    )
    transaction.on_commit(lambda: tell(event, outcome, actor=actor, people=len(subjects)))


def tell_as_slowly(event_type: EventType, outcome: Outcome, *, origin: Origin, reason: str) -> None:
    """Of nobody: line and counter alone, after as much work as a row takes, within the caller's transaction.

    Where there is a row for somebody who exists, its absence would show in the time of the answer.
    """
    commitment = commit_to(make_salt(), origin.address, origin.user_agent, None, origin.request_id)
    event = AuditEvent.objects.create(type=event_type, outcome=outcome, data={"reason": reason}, commitment=commitment)
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


@contextmanager
def limits_told(
    event_type: EventType, *, actor: Principal, subject: UUID | None = None, session: UUID | None = None
) -> Iterator[None]:
    """A limit that is reached within is told, as a failure; without a row, since whoever is there may try on."""
    try:
        yield
    except TooManyAttempts as refusal:
        tell(event_type, Outcome.FAILURE, actor=actor, subject=subject, session=session, reason=refusal.code)
        raise


def _context(subject: UUID | None, origin: Origin, email: str | None) -> AuditContext | None:
    if not (origin.address or origin.user_agent or origin.request_id or email):
        return None
    return AuditContext(
        subject=subject,
        address=origin.address,
        user_agent=origin.user_agent,
        email=email,
        request_id=origin.request_id,
    )
