"""Sealing while others write, and while other workers seal: each event once, in one chain."""

import threading
from itertools import pairwise

import pytest
from django.db import transaction

from accounts import audit
from accounts.models import AuditBatch, AuditEvent, EventType, Outcome
from accounts.models.locks import Lock, hold
from accounts.services.auditing import sealing, verification
from accounts.tests.support import audit_trail
from accounts.tests.support.together import together

pytestmark = [pytest.mark.postgresql, pytest.mark.usefixtures("own_database")]

WRITERS, WORKERS, EACH = 4, 3, 60


def test_a_transaction_that_commits_late_is_sealed_later() -> None:
    """It was the first to get an id."""
    begun, sealed = threading.Event(), threading.Event()

    def act(index: int) -> int:
        if index == 0:
            with transaction.atomic():
                audit.record(EventType.LOGOUT, Outcome.SUCCESS, actor=audit_trail.OPERATOR, origin=audit_trail.HERE)
                begun.set()
                assert sealed.wait(10)
            return 0
        assert begun.wait(10)
        audit_trail.append(2)
        audit_trail.wait()
        done = sealing.seal_due()
        sealed.set()
        return done

    assert together(act, threads=2) == [0, 2]
    audit_trail.wait()
    assert sealing.seal_due() == 1
    assert list(AuditEvent.objects.order_by("pk").values_list("number", flat=True)) == [3, 1, 2]
    assert verification.verify().fault is None


def test_while_a_worker_is_at_it_another_does_not_wait() -> None:
    audit_trail.append(1)
    audit_trail.wait()
    held, over = threading.Event(), threading.Event()

    def act(index: int) -> int:
        if index == 0:
            with transaction.atomic():
                hold(Lock.AUDIT)
                held.set()
                assert over.wait(10)
            return 0
        assert held.wait(10)
        try:
            return sealing.seal_due()
        finally:
            over.set()

    assert together(act, threads=2) == [0, 0]
    assert sealing.seal_due() == 1


def test_any_number_of_workers_and_writers_make_one_chain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "MAX_ROWS", 7)
    written = [threading.Event() for _ in range(WRITERS)]

    def act(index: int) -> int:
        if index < WRITERS:
            for number in range(EACH):
                with transaction.atomic():
                    actor, origin = audit_trail.OPERATOR, audit_trail.HERE
                    audit.record(EventType.LOGOUT, Outcome.SUCCESS, actor=actor, origin=origin, by=index, number=number)
                    if number % 5 == 0:
                        audit.record(EventType.REFRESH, Outcome.SUCCESS, actor=actor, origin=origin)
            written[index].set()
            return 0
        done = 0
        while not all(each.is_set() for each in written):
            done += sealing.seal_due()
        return done

    together(act, threads=WRITERS + WORKERS)
    audit_trail.wait()
    sealing.seal_due()
    total = WRITERS * (EACH + EACH // 5)
    assert list(AuditEvent.objects.order_by("number").values_list("number", flat=True)) == [*range(1, total + 1)]
    assert verification.verify().events == total
    batches = AuditBatch.objects.order_by("number")
    assert all(after.previous_head == before.head for before, after in pairwise(batches))
