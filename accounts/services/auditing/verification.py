"""Checks the chain of audit events from its beginning to its end, a page at a time, however many there are.

It finds whatever was edited, removed, put in or put elsewhere since it was sealed. Who can write to the database can
also write another chain, or cut the end off: heads that the log stream told give that away.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from django.core.exceptions import ObjectDoesNotExist

from accounts.models import AuditBatch, AuditEvent
from accounts.models.audit_batches import MAX_ROWS, START

BATCHES_AT_ONCE: Final = 100
LATE: Final = timedelta(minutes=10)
"""No transaction lasts so long: an event as much older than the end of the chain was there when that was sealed."""


@dataclass(frozen=True, slots=True)
class Fault:
    """The first batch that is not what was sealed, and why; None: there is none, but something lies behind the last."""

    batch: int | None
    what: str


@dataclass(slots=True)
class Report:
    """`begin` is the batch that the first one hangs on, where earlier ones were dropped; `end` the last that is right.

    `unsealed_since` is when the oldest event happened that waits for the worker.
    """

    begin: AuditBatch | None
    end: AuditBatch | None
    batches: int = 0
    events: int = 0
    fault: Fault | None = None
    unsealed_since: datetime | None = None

    @property
    def next_batch(self) -> int:
        return 1 if self.end is None else self.end.number + 1

    @property
    def next_row(self) -> int:
        return 1 if self.end is None else self.end.last_row + 1


def verify(heads: Mapping[int, str]) -> Report:
    """`heads` by the numbers of their batches, as the log told them. Meanwhile the worker may seal, and drop."""
    report = _walk(_find_begin(), heads)
    while _has_moved(report):
        report = _walk(_find_begin(), heads)
    return report


def _walk(begin: AuditBatch | None, heads: Mapping[int, str]) -> Report:
    report = Report(begin, begin)
    report.fault = _fault_at_beginning(report, heads)
    events = _events_from(report.next_row)
    for batch in _batches_from(report.next_batch) if report.fault is None else ():
        if what := _objection(batch, list(islice(events, min(max(batch.rows, 0), MAX_ROWS))), report, heads):
            report.fault = Fault(min(batch.number, report.next_batch), what)
            return report
        report.end = batch
        report.batches += 1
        report.events += batch.rows
    report.fault = report.fault or _fault_behind(report, heads)
    report.unsealed_since = AuditEvent.objects.unsealed().values_list("occurred_at", flat=True).first()
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


def _objection(batch: AuditBatch, events: Sequence[AuditEvent], report: Report, heads: Mapping[int, str]) -> str | None:
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
    if altered := [event.pk for event in events if not _is_kept_or_erased(event)]:
        return f"what is personal in event {altered[0]} is not what was recorded"
    return _objection_to_head(batch, heads)


def _is_kept_or_erased(event: AuditEvent) -> bool:
    try:
        return event.context.commitment == event.commitment
    except ObjectDoesNotExist:
        return True


def _objection_to_head(batch: AuditBatch, heads: Mapping[int, str]) -> str | None:
    if heads.get(batch.number, batch.head) == batch.head:
        return None
    return "its head is not the one that was told: this batch, or one before it, was written anew"


def _fault_at_beginning(report: Report, heads: Mapping[int, str]) -> Fault | None:
    number = 1 if report.begin is None else report.begin.number
    if AuditEvent.objects.filter(number__lt=report.next_row).exists():
        return Fault(number, "events are numbered as if they belonged to it, or to one before it")
    if report.begin is not None and (what := _objection_to_head(report.begin, heads)) is not None:
        return Fault(number, what)
    return None


def _fault_behind(report: Report, heads: Mapping[int, str]) -> Fault | None:
    """The end was cut off, or part of it taken out of the chain."""
    if cut := sorted(number for number in heads if number >= report.next_batch):
        return Fault(cut[0], "its head was told, and it is not there: the end of the chain was cut off")
    beyond = AuditEvent.objects.filter(number__gte=report.next_row)
    if beyond.exists() and not AuditBatch.objects.filter(number__gte=report.next_batch).exists():
        return Fault(report.next_batch, "its events are there, and it is not: the end of the chain was cut off")
    last = AuditEvent.objects.filter(number=report.next_row - 1).first()
    if last is None:
        return None
    late = AuditEvent.objects.unsealed().filter(pk__lt=last.pk, occurred_at__lt=last.occurred_at - LATE)
    return Fault(None, "events are not sealed that are older than the end of the chain") if late.exists() else None
