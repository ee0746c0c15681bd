"""What the log told gives away what nothing in the database does: a beginning, an end, or a chain that is gone."""

from datetime import timedelta
from typing import Final

import pytest
from django.db.models import F
from pytest_django import Settings

from accounts.models import AuditBatch, AuditEvent
from accounts.services.auditing import dropping, sealing, verification
from accounts.services.auditing.report import Report
from accounts.services.auditing.told import Head, Told
from accounts.tests.support import audit_trail

pytestmark = pytest.mark.django_db

LONG_AGO: Final = timedelta(days=500)


@pytest.fixture
def heads(db: None) -> list[Head]:
    """Of three batches of three: events 1 to 9."""
    return heads_of(audit_trail.seal(3, 3, 3))


def heads_of(batches: list[AuditBatch]) -> list[Head]:
    return [(batch.number, batch.head) for batch in batches]


def verify(sealed: list[Head], *, dropped: list[Head] | None = None, restored_at: tuple[int, ...] = ()) -> Report:
    return verification.verify(Told.of(sealed, dropped=dropped or [], restored_at=restored_at))


def bad(sealed: list[Head], *, dropped: list[Head] | None = None, restored_at: tuple[int, ...] = ()) -> int | None:
    fault = verify(sealed, dropped=dropped, restored_at=restored_at).fault
    return None if fault is None else fault.batch


def cut_beginning(last: int) -> None:
    """As if it had been dropped long ago: nothing is left that the time in its row could be checked against."""
    batch = AuditBatch.objects.filter(number=last)
    AuditEvent.objects.filter(number__lte=batch.values("last_row")).delete()
    batch.update(sealed_at=F("sealed_at") - LONG_AGO, dropped_at=F("sealed_at"))
    AuditBatch.objects.filter(number__lt=last).delete()


def cut_end(first: int) -> None:
    AuditEvent.objects.filter(number__gte=AuditBatch.objects.filter(number=first).values("first_row")).delete()
    AuditBatch.objects.filter(number__gte=first).delete()


@pytest.mark.parametrize("last", [1, 2, 3])
def test_a_beginning_that_was_cut_off_is_told_by_any_head_of_it(heads: list[Head], last: int) -> None:
    """Also where nothing is left."""
    cut_beginning(last)
    assert bad([]) is None  # nothing in the database tells
    assert bad(heads[last:]) is None
    for number in range(1, last + 1):
        assert bad(heads[number - 1 :]) == number
        assert bad([heads[number - 1]]) == number


def test_since_when_events_are_kept_is_said(heads: list[Head]) -> None:
    """Who knows that the service is older sees what is missing."""
    first, third = (AuditBatch.objects.get(number=number).sealed_at for number in (1, 3))
    assert verify(heads).kept_since == first
    cut_beginning(2)
    assert verify([]).kept_since == third
    cut_beginning(3)
    assert verify([]).kept_since is None


def test_what_the_log_told_to_be_dropped_is_excused_up_to_there(heads: list[Head]) -> None:
    cut_beginning(2)
    assert bad(heads, dropped=[heads[1]]) is None
    assert bad(heads[1:], dropped=[heads[0]]) == 2
    assert bad(heads[2:], dropped=[heads[0]]) is None
    assert bad([], dropped=[(2, "0" * 64)]) == 2


def test_with_zero_nothing_may_have_been_dropped(heads: list[Head], settings: Settings) -> None:
    cut_beginning(1)
    assert bad([]) is None
    settings.AUTH_AUDIT_RETENTION = 0
    assert bad([]) == 1


def test_what_was_dropped_before_retention_was_raised_has_the_log_to_say_so(settings: Settings) -> None:
    settings.AUTH_AUDIT_RETENTION = 86_400
    audit_trail.seal(2)
    audit_trail.let_pass(timedelta(days=2))
    heads = heads_of(audit_trail.seal(2))
    assert dropping.drop_old() == 2
    assert bad(heads[1:]) is None
    for longer in (10 * 86_400, 0):
        settings.AUTH_AUDIT_RETENTION = longer
        assert bad([]) == 1
        assert bad(heads, dropped=[heads[0]]) is None


def test_an_end_that_was_cut_off_and_sealed_again_is_told_by_all_heads_of_the_log(heads: list[Head]) -> None:
    """The number was told twice; the newest head of it is right."""
    cut_end(3)
    told = heads + heads_of(audit_trail.seal(1, 1))[2:]
    assert [number for number, _ in told] == [1, 2, 3, 3, 4]
    assert bad(told) == 3
    assert bad(told[::-1]) == 3
    assert bad([*heads[:2], *told[3:]]) is None
    assert bad(heads * 2) == 3


def test_two_heads_of_a_batch_that_is_dropped_are_a_fault_too(heads: list[Head]) -> None:
    cut_beginning(2)
    assert bad([(1, "0" * 64), *heads], dropped=[heads[1]]) == 1
    assert bad([(1, "0" * 64), *heads], dropped=[heads[1]], restored_at=(0,)) is None


def test_after_a_restored_backup_heads_behind_it_may_be_told_twice_or_be_lost(heads: list[Head]) -> None:
    """The backup had two batches; the third and the fourth went, and the third was sealed again."""
    lost = heads_of(audit_trail.seal(1))
    cut_end(3)
    anew = heads_of(audit_trail.seal(2))[2:]
    told = lost + anew
    assert bad(told) == 3
    assert bad(told, restored_at=(2,)) is None
    assert bad(told, restored_at=(3,)) == 3
    assert bad(lost, restored_at=(2,)) == 3  # what is there now was not told


def test_a_restored_backup_excuses_no_more_than_it_lost(heads: list[Head]) -> None:
    cut_end(3)
    told = heads + heads_of(audit_trail.seal(2))[2:]
    assert bad(told, restored_at=(2,)) is None
    cut_end(3)
    assert bad(told, restored_at=(2,)) == 3
    assert bad(told, restored_at=(2, 2)) is None
    cut_end(2)
    assert bad(told, restored_at=(2, 2)) == 2


def test_what_waits_for_long_is_a_fault() -> None:
    """Nothing vouches for it, and no worker runs."""
    audit_trail.seal(1)
    audit_trail.append(1)
    audit_trail.wait(verification.LATE - timedelta(seconds=10))
    assert verify([]).fault is None
    audit_trail.wait(timedelta(seconds=11))
    fault = verify([]).fault
    assert fault is not None
    assert (fault.batch, "no worker runs" in fault.what) == (None, True)
    sealing.seal_due()
    assert verify([]).fault is None
