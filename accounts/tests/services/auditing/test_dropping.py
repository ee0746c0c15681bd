"""Batches that are too old go, from the beginning on, and what is left can still be checked."""

from datetime import timedelta

import pytest
from pytest_django import Settings
from structlog.testing import capture_logs

from accounts.models import AuditBatch, AuditContext, AuditEvent
from accounts.services import rounds
from accounts.services.auditing import dropping, sealing, verification
from accounts.services.auditing.told import Told
from accounts.tests.support import audit_trail

pytestmark = pytest.mark.django_db

OLD, YOUNG = timedelta(days=401), timedelta(days=399)


def test_whole_batches_go_with_all_that_is_personal_in_them() -> None:
    audit_trail.seal(2, 3)
    audit_trail.let_pass(OLD)
    audit_trail.seal(4)
    assert dropping.drop_old() == 5
    assert list(audit_trail.numbers().values()) == [6, 7, 8, 9]
    assert AuditContext.objects.count() == 4
    assert dropping.drop_old() == 0


def test_what_is_left_hangs_on_the_last_that_went() -> None:
    _, second = audit_trail.seal(2, 3)
    audit_trail.let_pass(OLD)
    third = audit_trail.seal(4)[-1]
    dropping.drop_old()
    kept, left = AuditBatch.objects.order_by("number")
    assert (kept.number, kept.dropped_at is None, left) == (second.number, False, third)
    told = Told.of([(2, kept.head), (3, third.head)], dropped=[(2, kept.head)])
    report = verification.verify(told)
    assert (report.fault, report.begin, report.batches, report.events) == (None, kept, 1, 4)
    fault = verification.verify(Told.of([(2, "0" * 64)], dropped=[(2, "0" * 64)])).fault
    assert fault is not None
    assert fault.batch == 2
    AuditEvent.objects.filter(number=7).update(outcome="failure")
    assert verification.verify().fault is not None


def test_all_may_go_and_the_chain_goes_on() -> None:
    audit_trail.seal(2)
    audit_trail.let_pass(OLD)
    assert dropping.drop_old() == 2
    assert verification.verify().fault is None
    (_, second) = audit_trail.seal(1)
    assert (second.number, second.first_row) == (2, 3)
    assert verification.verify().batches == 1


def test_what_is_younger_or_not_sealed_stays(settings: Settings) -> None:
    audit_trail.seal(2)
    audit_trail.let_pass(YOUNG)
    audit_trail.append(1)
    audit_trail.wait(OLD)
    assert dropping.drop_old() == 0
    settings.AUTH_AUDIT_RETENTION = 86_400
    assert dropping.drop_old() == 2
    assert AuditEvent.objects.get().number is None


def test_zero_keeps_everything(settings: Settings) -> None:
    settings.AUTH_AUDIT_RETENTION = 0
    audit_trail.seal(2)
    audit_trail.let_pass(10 * OLD)
    assert dropping.drop_old() == 0


def test_nothing_goes_from_the_middle() -> None:
    """Where a clock was set back, a batch can be older than the one before it."""
    audit_trail.seal(2, 2)
    AuditBatch.objects.filter(number=2).update(sealed_at=AuditBatch.objects.get(number=1).sealed_at - OLD)
    audit_trail.rewrite(1)
    assert dropping.drop_old() == 0


@pytest.mark.django_db(transaction=True)
def test_it_is_told_with_the_head() -> None:
    audit_trail.seal(2)
    audit_trail.let_pass(OLD)
    (batch,) = AuditBatch.objects.all()
    with capture_logs() as lines:
        dropping.drop_old()
    assert [(line["event"], line["head"], line["events"]) for line in lines] == [("audit_dropped", batch.name, 2)]


def test_a_turn_ends_and_the_next_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "TURN_SECONDS", 0)
    audit_trail.seal(2, 1)
    audit_trail.let_pass(OLD)
    assert [dropping.drop_old() for _ in range(3)] == [2, 1, 0]
    assert sealing.seal_due() == 0
