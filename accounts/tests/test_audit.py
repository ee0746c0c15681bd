"""What happened is told once, by ids and codes."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from accounts import audit
from accounts.models import AuditContext, AuditEvent, EventType, Outcome
from accounts.principals import Nobody, Origin, Principal, System, UserPrincipal

PERSON = UserPrincipal(user_id=uuid4(), session_id=uuid4())


def told() -> float:
    labels = {"type": "sign_in", "outcome": "failure"}
    return REGISTRY.get_sample_value("authservice_audit_events_total", labels) or 0.0


def record(actor: Principal = Nobody(), origin: Origin = Origin()) -> None:  # noqa: B008 - both are frozen
    audit.record(EventType.SIGN_IN, Outcome.FAILURE, actor=actor, origin=origin, reason="invalid_credentials")


@pytest.mark.django_db(transaction=True)
def test_a_committed_event_is_a_row_a_line_and_a_count() -> None:
    before = told()
    with capture_logs() as lines:
        record(PERSON)
    assert told() == before + 1
    assert [(line["event"], line["outcome"], line["reason"]) for line in lines] == [
        ("sign_in", "failure", "invalid_credentials")
    ]
    event = AuditEvent.objects.get()
    assert (event.type, event.outcome, event.data) == ("sign_in", "failure", {"reason": "invalid_credentials"})


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_was_never_told() -> None:
    before = told()
    with capture_logs() as lines, transaction.atomic():
        record()
        transaction.set_rollback(True)
    assert (told(), lines, AuditEvent.objects.count()) == (before, [], 0)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("actor", "name"), [(Nobody(), ""), (PERSON, str(PERSON.user_id)), (System("work"), "system:work")]
)
def test_the_actor_is_named_by_id(actor: Principal, name: str) -> None:
    record(actor)
    assert AuditEvent.objects.get().actor == name


@pytest.mark.django_db
def test_the_personal_part_stands_apart() -> None:
    record(origin=Origin(address="192.0.2.1", user_agent="curl/8", request_id="r-1"))
    context = AuditContext.objects.select_related("event").get()
    assert (context.address, context.user_agent, context.event.request_id) == ("192.0.2.1", "curl/8", "r-1")
    columns: list[Any] = [field.name for field in AuditEvent._meta.get_fields()]
    assert {"address", "user_agent"}.isdisjoint(columns)


@pytest.mark.django_db
def test_without_an_origin_there_is_no_personal_part() -> None:
    record()
    assert not AuditContext.objects.exists()
