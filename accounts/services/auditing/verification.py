"""Checks the chain of audit events from its beginning to its end, a page at a time, however many there are.

It finds whatever was edited, removed, put in or put elsewhere since it was sealed. Who can write to the database can
also write another chain, or cut either end off: what the log stream told gives that away.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import islice
from typing import Final

from accounts.conf import auth_settings
from accounts.models import AuditBatch, AuditEvent
from accounts.models.audit_batches import MAX_ROWS, START
from accounts.models.moments import Moment
from accounts.services.auditing.personal import Erased, is_kept_or_erased
from accounts.services.auditing.report import Fault, Report
from accounts.services.auditing.told import Told

BATCHES_AT_ONCE: Final = 100
LATE: Final = timedelta(minutes=10)
"""No transaction lasts so long: an event as much older than the end of the chain was there when that was
sealed. Nor does one wait so long while a worker runs.
"""

NOTHING: Final = Told()


def verify(told: Told = NOTHING) -> Report:
    """Against what the log told, too. Meanwhile the worker may seal, and drop."""
    report = _walk(_find_begin(), told)
    while _has_moved(report):
        report = _walk(_find_begin(), told)
    return report


def _walk(begin: AuditBatch | None, told: Told) -> Report:
    report = Report(begin, begin, Erased())
    report.fault = _fault_at_beginning(report, told)
    events = _events_from(report.next_row)
    for batch in _batches_from(report.next_batch) if report.fault is None else ():
        found = list(islice(events, min(max(batch.rows, 0), MAX_ROWS)))
        if what := _objection(batch, found, report, told):
            report.fault = Fault(min(batch.number, report.next_batch), what)
            return report
        report.note(batch)
        report.erased.note(found)
    report.fault = report.fault or _fault_behind(report, told) or _fault_in_waiting(report)
    return report


def _find_begin() -> AuditBatch | None:
    first = AuditBatch.objects.order_by("number").first()
    return None if first is None or first.dropped_at is None else first


def _has_moved(report: Report) -> bool:
    """What seemed to be missing was dropped meanwhile, because it was too old."""
    if report.fault is None or report.fault.batch is None or (begin := _find_begin()) is None:
        return False
    return begin.number >= report.fault.batch and (report.begin is None or begin.number > report.begin.number)


def _batches_from(number: int) -> Iterator[AuditBatch]:
    while page := list(AuditBatch.objects.filter(number__gte=number).order_by("number")[:BATCHES_AT_ONCE]):
        yield from page
        number = page[-1].number + 1


def _events_from(number: int) -> Iterator[AuditEvent]:
    following = AuditEvent.objects.select_related("context").order_by("number")
    while page := list(following.filter(number__gte=number)[:MAX_ROWS]):
        yield from page
        number = (page[-1].number or 0) + 1


def _objection(batch: AuditBatch, events: Sequence[AuditEvent], report: Report, told: Told) -> str | None:
    """Why this is not what was sealed behind `report.end`."""
    previous_head = START if report.end is None else report.end.head
    if batch.number != report.next_batch:
        return "it is missing"
    if batch.dropped_at is not None:
        return "it is said to have been dropped, but it is not the first"
    if (batch.first_row, batch.previous_head) != (report.next_row, previous_head) or not 0 < batch.rows <= MAX_ROWS:
        return "it does not follow the one before it"
    if [event.number for event in events] != [*range(batch.first_row, batch.last_row + 1)]:
        return "events are missing"
    if batch.head_over(events) != batch.head:
        return "its events, or what it says of them, are not what was sealed"
    if altered := [event.pk for event in events if not is_kept_or_erased(event)]:
        return f"what is personal in event {altered[0]} is not what was recorded"
    return told.objection_to(batch)


def _fault_at_beginning(report: Report, told: Told) -> Fault | None:
    """Nothing vouches for what `begin` says but its head, and the log."""
    begin = report.begin
    if AuditEvent.objects.filter(number__lt=report.next_row).exists():
        number = 1 if begin is None else begin.number
        return Fault(number, "events are numbered as if they belonged to it, or to one before it")
    if begin is None:
        return None
    if cut := min(told.objections_to_dropped(begin.number), default=None):
        return Fault(*cut)
    if (what := told.objection_to(begin)) is not None:
        return Fault(begin.number, what)
    if begin.number > told.dropped and _is_to_be_kept(begin):
        return Fault(begin.number, "it is said to have been dropped, and AUTH_AUDIT_RETENTION keeps it")
    return None


def _is_to_be_kept(batch: AuditBatch) -> bool:
    """Whoever raised AUTH_AUDIT_RETENTION since it was dropped has the log to say so."""
    age = AuditBatch.objects.annotate(now=Moment()).values_list("now", flat=True).get(pk=batch.pk) - batch.sealed_at
    return not auth_settings.audit_retention or bool(age < auth_settings.audit_retention)


def _fault_behind(report: Report, told: Told) -> Fault | None:
    """The end was cut off, or part of it taken out of the chain."""
    if (cut := told.find_missing(report.next_batch - 1)) is not None:
        return Fault(cut, "its head was told, and it is not there: the end of the chain was cut off")
    beyond = AuditEvent.objects.filter(number__gte=report.next_row)
    if beyond.exists() and not AuditBatch.objects.filter(number__gte=report.next_batch).exists():
        return Fault(report.next_batch, "its events are there, and it is not: the end of the chain was cut off")
    last = AuditEvent.objects.filter(number=report.next_row - 1).first()
    if last is None:
        return None
    late = AuditEvent.objects.unsealed().filter(pk__lt=last.pk, occurred_at__lt=last.occurred_at - LATE)
    return Fault(None, "events are not sealed that are older than the end of the chain") if late.exists() else None


def _fault_in_waiting(report: Report) -> Fault | None:
    """What is not sealed has nobody who vouches for it."""
    oldest = AuditEvent.objects.unsealed().annotate(now=Moment()).values_list("occurred_at", "now").first()
    if oldest is None:
        return None
    report.unsealed_since, now = oldest
    if now - oldest[0] <= LATE:
        return None
    return Fault(None, "events wait for more than ten minutes to be sealed: no worker runs, or it is behind")
