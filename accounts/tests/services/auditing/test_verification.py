"""Whatever is done to sealed events behind the worker's back is found, and the first batch that it was done to."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import pytest
from django.db.models import F
from pytest_django import Settings

from accounts.models import AuditBatch, AuditContext, AuditEvent
from accounts.principals import Origin
from accounts.services.auditing import dropping, sealing, verification
from accounts.services.auditing.told import Told
from accounts.tests.support import audit_trail

pytestmark = pytest.mark.django_db

SOMEBODY: Final = UUID(int=1)
ZEROS: Final = "0" * 64

Tampering = Callable[[], object]


@pytest.fixture
def chain(db: None) -> list[AuditBatch]:
    """Three batches of three: events 1 to 9."""
    return audit_trail.seal(3, 3, 3)


def bad(**heads: str) -> int | None:
    """The first batch that is wrong, if one is. `b3="…"` is the head of batch 3."""
    fault = verification.verify(Told.of((int(name[1:]), head) for name, head in heads.items())).fault
    return None if fault is None else fault.batch


def row(number: int) -> Any:
    return AuditEvent.objects.filter(number=number)


def batch(number: int) -> Any:
    return AuditBatch.objects.filter(number=number)


def swap(one: int, other: int) -> None:
    row(one).update(number=1000)
    row(other).update(number=one)
    row(1000).update(number=other)


def remove_whole(number: int) -> None:
    found = batch(number).get()
    AuditEvent.objects.numbered(found.first_row, found.last_row).order_by().delete()
    found.delete()


def swap_contents(one: int, other: int) -> None:
    told = {number: row(number).values("data").get()["data"] for number in (one, other)}
    row(one).update(data=told[other])
    row(other).update(data=told[one])


def lengthen(first: int) -> None:
    """This batch takes the first event of the next one."""
    batch(first).update(last_row=F("last_row") + 1)
    batch(first + 1).update(first_row=F("first_row") + 1)


def test_a_chain_that_nobody_touched_is_right(chain: list[AuditBatch]) -> None:
    report = verification.verify(Told.of((each.number, each.head) for each in chain))
    assert (report.fault, report.batches, report.events, report.begin) == (None, 3, 9, None)
    assert (report.end, report.unsealed_since) == (chain[2], None)


def test_without_a_batch_nothing_is_wrong() -> None:
    audit_trail.append(2)
    report = verification.verify()
    assert (report.fault, report.batches, report.end) == (None, 0, None)
    assert report.unsealed_since is not None


@pytest.mark.parametrize(
    "change",
    [
        {"type": "sign_in"},
        {"outcome": "failure"},
        {"actor": ""},
        {"actor": "system:Test"},
        {"subject": SOMEBODY},
        {"session": SOMEBODY},
        {"data": {}},
        {"data": {"index": "1"}},
        {"data": {"index": 1, "more": None}},
        {"commitment": ""},
        {"commitment": ZEROS},
        {"occurred_at": F("occurred_at") - timedelta(milliseconds=1)},
        {"id": 10_000},
    ],
    ids=str,
)
def test_no_column_of_a_sealed_event_can_be_edited(chain: list[AuditBatch], change: dict[str, Any]) -> None:
    AuditContext.objects.all().delete()  # which refers to the id; and then nothing else would tell of the commitment
    assert bad() is None
    row(5).update(**change)
    assert bad() == 2


TAMPERINGS: Final[list[tuple[str, Tampering, int]]] = [
    ("an event removed", lambda: row(5).delete(), 2),
    ("the first event of a batch removed", lambda: row(4).delete(), 2),
    ("the last event of a batch removed", lambda: row(6).delete(), 2),
    ("the very first event removed", lambda: row(1).delete(), 1),
    ("the very last event removed", lambda: row(9).delete(), 3),
    ("all events of a batch removed", lambda: row(4).delete() and row(5).delete() and row(6).delete(), 2),
    ("two events of a batch in each other's place", lambda: swap(4, 5), 2),
    ("two events of two batches in each other's place", lambda: swap(6, 7), 2),
    ("two events telling each other's", lambda: swap_contents(4, 5), 2),
    ("an event taken out of its batch", lambda: row(5).update(number=None), 2),
    ("an event before all others", lambda: row(5).update(number=0), 1),
    ("an event far before all others", lambda: row(5).update(number=-7), 1),
    ("the last event put further behind", lambda: row(9).update(number=10), 3),
    ("a batch removed", lambda: batch(2).delete(), 2),
    ("the first batch removed", lambda: batch(1).delete(), 1),
    ("a batch with its events removed", lambda: remove_whole(2), 2),
    ("the last batch removed", lambda: batch(3).delete(), 3),
    ("all batches removed", lambda: AuditBatch.objects.all().delete(), 1),
    ("another border between two batches", lambda: lengthen(1), 1),
    ("a batch without end", lambda: batch(2).update(last_row=10**12), 2),
    ("a batch that ends before it begins", lambda: batch(2).update(last_row=1), 2),
    ("another first event", lambda: batch(2).update(first_row=5), 2),
    ("another time", lambda: batch(2).update(sealed_at=F("sealed_at") - timedelta(seconds=1)), 2),
    ("another head", lambda: batch(2).update(head=ZEROS), 2),
    ("another head before it", lambda: batch(2).update(previous_head=ZEROS), 2),
    ("another number", lambda: batch(3).update(number=4), 3),
    ("a number before all others", lambda: batch(1).update(number=0), 1),
    ("a batch said to be dropped in the middle", lambda: batch(2).update(dropped_at=F("sealed_at")), 2),
    ("a batch said to be dropped while its events are there", lambda: batch(1).update(dropped_at=F("sealed_at")), 1),
    ("what is personal edited", lambda: AuditContext.objects.filter(event__number=5).update(user_agent="Firefox"), 2),
    ("another address", lambda: AuditContext.objects.filter(event__number=5).update(address="192.0.2.2"), 2),
    ("a typed address put in", lambda: AuditContext.objects.filter(event__number=5).update(email="ada@example.com"), 2),
    ("another request", lambda: AuditContext.objects.filter(event__number=5).update(request_id="request-2"), 2),
    ("another salt", lambda: AuditContext.objects.filter(event__number=5).update(salt=bytes(16)), 2),
    ("what is personal of another event", lambda: swap_persons(5, 6), 2),
    ("what is personal said to be another person's", lambda: give_to_another(5), 2),
    ("the beginning cut off, as if it had been dropped", lambda: cut_beginning(2), 2),
    ("all cut off, as if it had been dropped", lambda: cut_beginning(3), 3),
]  # fmt: skip


def give_to_another(number: int) -> None:
    """As whose it would no longer be found when they are erased."""
    AuditContext.objects.filter(event__number=number).update(subject=SOMEBODY)


def cut_beginning(last: int) -> None:
    """Up to this batch, which is said to be the last that was dropped."""
    AuditEvent.objects.filter(number__lte=batch(last).values("last_row")).delete()
    batch(last).update(dropped_at=F("sealed_at"))
    AuditBatch.objects.filter(number__lt=last).delete()


def swap_persons(one: int, other: int) -> None:
    AuditContext.objects.filter(event__number=one).delete()
    AuditContext.objects.filter(event__number=other).update(event=row(one).get())


@pytest.mark.parametrize(("name", "tamper", "first_bad"), TAMPERINGS, ids=[name for name, _, _ in TAMPERINGS])
def test_tampering_is_found(chain: list[AuditBatch], name: str, tamper: Tampering, first_bad: int) -> None:
    tamper()
    assert bad() == first_bad


def test_something_personal_put_where_there_was_nothing_is_found() -> None:
    audit_trail.append(1, origin=Origin())
    audit_trail.wait()
    sealing.seal_due()
    AuditContext.objects.create(event=row(1).get(), address="192.0.2.1")
    assert bad() == 1


def test_what_is_personal_can_be_erased(chain: list[AuditBatch]) -> None:
    AuditContext.objects.filter(event__number__in=[2, 5]).delete()
    assert bad(b3=chain[2].head) is None


def test_an_address_is_the_same_however_a_database_spells_it() -> None:
    for address in ("2001:DB8:0:0::1", "::ffff:192.0.2.1", "::1.2.3.4", "fe80::1"):
        audit_trail.append(1, origin=Origin(address=address))
    audit_trail.wait()
    assert sealing.seal_due() == 4
    assert bad() is None


def cut(number: int, *, with_events: bool) -> None:
    """The end of the chain from this batch on; the worker seals again what is left of it."""
    events = AuditEvent.objects.filter(number__gte=batch(number).values("first_row"))
    if with_events:
        events.delete()
    else:
        events.update(number=None)
    AuditBatch.objects.filter(number__gte=number).delete()


@pytest.mark.parametrize("with_events", [True, False])
@pytest.mark.parametrize("sealed_again", [True, False])
def test_an_end_that_was_cut_off_is_told_by_a_head_that_the_log_has(
    chain: list[AuditBatch], with_events: bool, sealed_again: bool
) -> None:
    cut(3, with_events=with_events)
    if sealed_again:
        audit_trail.append(1)
        audit_trail.wait()
        assert sealing.seal_due() == (1 if with_events else 4)
    assert bad() is None  # nothing in the database tells
    assert bad(b2=chain[1].head) is None
    assert bad(b3=chain[2].head) == 3


def test_a_batch_that_was_written_anew_no_longer_carries_the_next_one(chain: list[AuditBatch]) -> None:
    row(2).update(outcome="failure")
    batch(1).update(head=chain[0].head_over(AuditEvent.objects.numbered(1, 3)))
    assert bad() == 2


def test_a_chain_that_was_written_anew_is_told_by_any_head_behind_it(chain: list[AuditBatch]) -> None:
    row(5).update(outcome="failure")
    audit_trail.rewrite(2)
    assert bad() is None
    assert bad(b1=chain[0].head) is None
    assert bad(b2=chain[1].head) == 2
    assert bad(b3=chain[2].head) == 3


def test_events_taken_out_of_the_chain_are_told_by_their_age(chain: list[AuditBatch]) -> None:
    """Even where all that follows was written anew."""
    row(2).update(occurred_at=F("occurred_at") - timedelta(hours=1), number=None)
    for number in range(3, 10):
        row(number).update(number=number - 1)
    batch(1).update(last_row=2)
    batch(2).update(first_row=3, last_row=5)
    batch(3).update(first_row=6, last_row=8)
    audit_trail.rewrite(1)
    fault = verification.verify().fault
    assert fault is not None
    assert (fault.batch, "older" in fault.what) == (None, True)


def test_what_waits_because_it_came_late_is_no_fault(chain: list[AuditBatch]) -> None:
    (late,) = audit_trail.append(1, origin=Origin())
    AuditEvent.objects.filter(pk=late).update(id=0, occurred_at=row(9).values("occurred_at"))
    assert bad() is None


def test_what_is_dropped_while_it_is_checked_is_no_fault(
    chain: list[AuditBatch], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.AUTH_AUDIT_RETENTION = 86_400
    batch(1).update(sealed_at=F("sealed_at") - timedelta(days=2))
    audit_trail.rewrite(1)
    events_from, dropped = verification._events_from, []

    def late(number: int) -> Any:
        dropped.append(dropping.drop_old())
        return events_from(number)

    monkeypatch.setattr(verification, "_events_from", late)
    report = verification.verify()
    assert (dropped, report.fault, report.batches) == ([3, 0], None, 2)
    assert report.begin is not None


def test_the_chain_is_read_a_page_at_a_time(chain: list[AuditBatch], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verification, "MAX_ROWS", 4)
    monkeypatch.setattr(verification, "BATCHES_AT_ONCE", 2)
    assert verification.verify().events == 9
    row(9).update(outcome="failure")
    assert bad() == 3
