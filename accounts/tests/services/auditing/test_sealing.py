"""Events are sealed in batches, in an order that nothing changes afterwards, and none is left out."""

import json
from datetime import UTC, timedelta
from hashlib import sha256
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from accounts.models import AuditBatch, AuditEvent
from accounts.models.audit_batches import START
from accounts.principals import Origin
from accounts.services import rounds
from accounts.services.auditing import sealing, verification
from accounts.services.auditing.sealing import SEALED_AFTER
from accounts.tests.support import audit_trail

pytestmark = pytest.mark.django_db

A_SECOND = timedelta(seconds=1)


def sample(name: str) -> float:
    return REGISTRY.get_sample_value(name) or 0.0


def test_what_has_waited_for_a_minute_is_sealed_with_all_behind_it() -> None:
    audit_trail.append(1)
    audit_trail.wait(SEALED_AFTER - 10 * A_SECOND)
    assert sealing.seal_due() == 0
    audit_trail.wait(10 * A_SECOND)
    audit_trail.append(2)
    assert sealing.seal_due() == 3
    assert list(audit_trail.numbers().values()) == [1, 2, 3]
    assert sealing.seal_due() == 0


def test_a_full_batch_does_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "MAX_ROWS", 3)
    audit_trail.append(8)
    assert sealing.seal_due() == 6
    assert list(audit_trail.numbers().values()) == [1, 2, 3, 4, 5, 6, None, None]
    assert list(AuditBatch.objects.order_by("number").values_list("number", "first_row", "last_row")) == [
        (1, 1, 3),
        (2, 4, 6),
    ]


def test_each_batch_follows_the_one_before_it() -> None:
    first, second = audit_trail.seal(2, 3)
    assert (first.number, first.first_row, first.last_row, first.previous_head) == (1, 1, 2, START)
    assert (second.number, second.first_row, second.last_row, second.previous_head) == (2, 3, 5, first.head)
    assert (first.rows, second.rows, second.name) == (2, 3, f"2:{second.head}")


def test_what_was_committed_late_goes_into_a_later_batch() -> None:
    """Its id is smaller than what was sealed by then."""
    early, late, last = audit_trail.append(3)
    AuditEvent.objects.filter(pk=early).update(number=99)  # not to be seen yet
    audit_trail.wait()
    assert sealing.seal_due() == 2
    AuditEvent.objects.filter(pk=early).update(number=None)
    audit_trail.wait()
    assert sealing.seal_due() == 1
    assert audit_trail.numbers() == {early: 3, late: 1, last: 2}
    assert verification.verify().fault is None


def test_the_head_is_what_the_documentation_says() -> None:
    """docs/audit.md, line by line, without our own code."""
    audit_trail.append(1)
    audit_trail.append(1, origin=Origin())
    audit_trail.wait()
    assert sealing.seal_due() == 2
    batch = AuditBatch.objects.get()

    def line(*values: Any) -> bytes:
        return json.dumps(values, separators=(",", ":"), sort_keys=True).encode("ascii") + b"\n"

    def moment(at: Any) -> str:
        return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}+00:00"

    lines = line("authservice-audit-1", 1, 1, 2, moment(batch.sealed_at), "0" * 64)
    for event in AuditEvent.objects.order_by("number"):
        told = (event.type, event.outcome, event.actor, None, None, event.data, event.commitment)
        lines += line(event.number, event.pk, moment(event.occurred_at), *told)
    assert batch.head == sha256(lines).hexdigest()


@pytest.mark.django_db(transaction=True)
def test_each_head_is_told_once_it_is_committed() -> None:
    before = sample("authservice_audit_batches_total")
    with capture_logs() as lines:
        (batch,) = audit_trail.seal(2)
    assert [(line["event"], line.get("head"), line.get("events")) for line in lines][-1:] == [
        ("audit_sealed", batch.name, 2)
    ]
    assert sample("authservice_audit_batches_total") == before + 1


def test_whoever_watches_sees_how_long_the_oldest_waits() -> None:
    assert sealing.watch_unsealed() == 0
    assert sample("authservice_oldest_unsealed_audit_event_seconds") == 0
    audit_trail.append(1)
    audit_trail.wait(timedelta(hours=1))
    audit_trail.append(1)
    sealing.watch_unsealed()
    assert 3600 <= sample("authservice_oldest_unsealed_audit_event_seconds") < 3700
    sealing.seal_due()
    sealing.watch_unsealed()
    assert sample("authservice_oldest_unsealed_audit_event_seconds") == 0


def test_a_turn_ends_and_the_next_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "MAX_ROWS", 2)
    monkeypatch.setattr(rounds, "TURN_SECONDS", 0)
    audit_trail.append(5)
    audit_trail.wait()
    assert [sealing.seal_due() for _ in range(4)] == [2, 2, 1, 0]


def test_without_work_nothing_is_locked() -> None:
    audit_trail.append(2)
    with CaptureQueriesContext(connection) as captured:
        assert sealing.seal_due() == 0
    assert len(captured) == 1
    assert captured[0]["sql"].startswith("SELECT")


def test_a_clock_that_was_set_back_leaves_nothing_out() -> None:
    audit_trail.seal(2)
    audit_trail.append(1)
    AuditEvent.objects.filter(number=None).update(occurred_at=F("occurred_at") + timedelta(hours=1))
    assert sealing.seal_due() == 0
    audit_trail.wait(timedelta(hours=1) + SEALED_AFTER)
    assert sealing.seal_due() == 1
