"""What happened is told once, by ids and codes."""

import logging
from hashlib import sha256
from typing import Any
from uuid import uuid4

import pytest
import structlog
from django.db import transaction
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from accounts import audit
from accounts.models import AuditContext, AuditEvent, EventType, Outcome
from accounts.principals import Nobody, Origin, Principal, System, UserPrincipal
from authservice import logs

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
    assert (context.address, context.user_agent, context.request_id) == ("192.0.2.1", "curl/8", "r-1")
    columns: list[Any] = [field.name for field in AuditEvent._meta.get_fields()]
    assert {"address", "user_agent", "email", "request_id"}.isdisjoint(columns)


@pytest.mark.django_db
def test_without_an_origin_there_is_no_personal_part() -> None:
    record()
    assert not AuditContext.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("origin", [Origin(address="192.0.2.1"), Origin(user_agent="curl/8"), Origin(request_id="r-1")])
def test_whatever_is_known_of_where_it_came_from_is_kept(origin: Origin) -> None:
    record(origin=origin)
    context = AuditContext.objects.get()
    assert Origin(context.address, context.user_agent, context.request_id) == origin


@pytest.mark.django_db
def test_an_address_that_was_typed_is_personal() -> None:
    audit.record(EventType.SIGN_IN, Outcome.FAILURE, actor=Nobody(), origin=Origin(), email="ada@example.com")
    event = AuditEvent.objects.get()
    assert (event.context.email, event.data) == ("ada@example.com", {})


@pytest.mark.django_db
def test_the_event_commits_to_its_personal_part_and_gives_nothing_of_it_away() -> None:
    """Two events from the same place have nothing in common; without the salt it could be tried out what they say."""
    here = Origin(address="192.0.2.1", user_agent="curl/8", request_id="r-1")
    record(origin=here)
    record(origin=here)
    first, second = AuditEvent.objects.order_by("pk")
    assert first.commitment != second.commitment
    salt = bytes(first.context.salt)
    assert len(salt) == 16
    told = b'["192.0.2.1","curl/8",null,"r-1"]'
    assert first.commitment == sha256(salt + told).hexdigest()


@pytest.mark.django_db
def test_an_event_without_a_personal_part_commits_to_none() -> None:
    record()
    assert AuditEvent.objects.get().commitment == ""


@pytest.mark.parametrize(
    "written",
    ['x\r\n{"event": "forged"}', "\x1b[2Jforged", "\x1b]0;forged\x07", "forged\u2028", "\x9b31mforged", "forged\x85"],
)
@pytest.mark.parametrize("as_json", [True, False])
def test_nothing_that_somebody_wrote_breaks_a_line(
    capsys: pytest.CaptureFixture[str], as_json: bool, written: str
) -> None:
    """Nor does it colour a terminal, or forge a second line."""
    before = structlog.get_config(), logging.getLogger().handlers[:], logging.getLogger().level
    try:
        logs.configure(level="INFO", as_json=as_json)
        audit.tell(EventType.GROUP_CREATED, Outcome.SUCCESS, actor=System(written), name=written)
    finally:
        structlog.configure(**before[0])
        logging.getLogger().handlers[:] = before[1]
        logging.getLogger().setLevel(before[2])
    said = capsys.readouterr().err
    assert said.endswith("\n")
    assert said[:-1].isprintable()
    assert "forged" in said
