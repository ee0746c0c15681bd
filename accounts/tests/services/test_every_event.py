"""Every security event is told once, as a row, a line and a count; none has a secret in it."""

from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

import pytest
from prometheus_client import REGISTRY, generate_latest
from pytest_django import Settings
from structlog.testing import capture_logs

from accounts.models import AuditContext, AuditEvent, EventType, Outcome
from accounts.tests.support.whole_life import WholeLife

pytestmark = pytest.mark.django_db(transaction=True)

WITHOUT_ROWS: Final = {
    EventType.REFRESH,  # too often; the next four at a stranger's will
    EventType.MAIL_REQUESTED,
    EventType.CLIENT_SIGN_IN,
    EventType.PERMISSION_DENIED,
    EventType.LOGOUT,  # whose row is `sessions.revoked`
}

Told = Counter[tuple[str, str]]


@dataclass
class Lived:
    secrets: set[str]
    lines: list[Any]
    counted: Told

    @property
    def told(self) -> Told:
        return Counter((line["event"], line["outcome"]) for line in self.lines if line["event"] in set(EventType))


def counted() -> Told:
    samples = (
        sample
        for metric in REGISTRY.collect()
        for sample in metric.samples
        if sample.name == "authservice_audit_events_total"
    )
    return Counter({(sample.labels["type"], sample.labels["outcome"]): int(sample.value) for sample in samples})


@pytest.fixture
def lived(settings: Settings) -> Lived:
    before, life = counted(), WholeLife(settings)
    with capture_logs() as lines:
        life.live()
    return Lived(life.secrets, list(lines), counted() - before)


def test_every_event_is_told_once_in_each_way(lived: Lived) -> None:
    assert {name for name, _ in lived.told} == set(EventType)
    assert lived.told == lived.counted
    rows: Told = Counter(AuditEvent.objects.values_list("type", "outcome"))
    successes = {
        (name, outcome): number for (name, outcome), number in lived.told.items() if outcome == Outcome.SUCCESS
    }
    assert {key: rows[key] for key in successes} == {
        key: 0 if key[0] in WITHOUT_ROWS else number for key, number in successes.items()
    }
    failures = {key: number for key, number in rows.items() if key[1] == Outcome.FAILURE}
    assert failures == {
        ("sign_in", "failure"): 1,  # of two: nobody has the other address
        ("password.changed", "failure"): 1,
        ("user.deletion_requested", "failure"): 1,
        ("mail.given_up", "failure"): failures[("mail.given_up", "failure")],
    }
    assert all(number <= lived.told[key] for key, number in failures.items())


def test_what_happened_names_who_whom_and_from_where(lived: Lived) -> None:
    """Whatever came through a door has its context, unless it was erased with the person."""
    by_doors = AuditEvent.objects.exclude(actor__startswith="system:").exclude(commitment="")
    assert by_doors.count() > 10
    assert {line["actor"] for line in lived.lines if "actor" in line} >= set(
        AuditEvent.objects.values_list("actor", flat=True)
    )
    assert not AuditEvent.objects.filter(actor="", subject=None).exists()
    assert not AuditContext.objects.filter(subject__in=AuditEvent.objects.filter(type="user.deleted").values("subject"))


def test_no_secret_is_in_any_row_line_or_metric(lived: Lived) -> None:
    assert len(lived.secrets) > 20
    rows = [*AuditEvent.objects.values(), *AuditContext.objects.values()]
    told = f"{rows}{lived.lines}{generate_latest().decode()}"
    assert "192.0.2.1" in told
    assert [secret for secret in lived.secrets if secret in told] == []
