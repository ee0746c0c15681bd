"""What was recorded before there was a chain comes into it as it was, with all that is personal in it apart."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from accounts.models import AuditContext, AuditEvent
from accounts.services.auditing import sealing, verification
from accounts.tests.support.databases import Database, Databases

BEFORE: Final = ("accounts", "0009_user_to_expire")
EVENTS: Final = 1400
"""More than 1,000 of them with something personal: as many as the migration takes at once."""


@pytest.fixture
def database_of_before(databases: Databases, django_db_blocker: DjangoDbBlocker) -> Iterator[Database]:
    database = databases.create()
    with django_db_blocker.unblock(), database.orm():
        _empty(database)
        call_command("migrate", *BEFORE, verbosity=0)
        yield database
    databases.drop(database)


def _empty(database: Database) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        return
    connections.close_all()
    for path in Path(database.name).parent.glob(f"{Path(database.name).name}*"):
        path.unlink()


def record(number: int) -> None:
    """So many events as they were, of four kinds: with a context or without, by a request or not."""
    apps = MigrationExecutor(connection).loader.project_state(BEFORE).apps
    event_model: Any = apps.get_model("accounts", "AuditEvent")
    context_model: Any = apps.get_model("accounts", "AuditContext")
    events = event_model.objects.bulk_create(
        event_model(
            occurred_at=timezone.now() - timedelta(hours=1),
            type="sign_in",
            outcome="success",
            subject=uuid4(),
            data={"number": index},
            request_id=f"request {index}" if index % 2 else "",
        )
        for index in range(number)
    )
    context_model.objects.bulk_create(
        context_model(event=event, subject=event.subject, address=f"2001:db8::1{index:x}", user_agent=f"ägent {index}")
        for index, event in enumerate(events)
        if index % 4 < 2
    )


@pytest.mark.usefixtures("database_of_before")
def test_what_there_was_is_committed_to_and_sealed() -> None:
    record(EVENTS)
    call_command("migrate", verbosity=0)
    while sealing.seal_due():
        pass
    report = verification.verify()
    assert (report.fault, report.events) == (None, EVENTS)
    events = list(AuditEvent.objects.order_by("number").select_related("context"))
    assert [event.data["number"] for event in events] == [*range(EVENTS)]
    for index, event in enumerate(events):
        assert bool(event.commitment) == hasattr(event, "context") == (index % 4 != 2)
        if event.commitment:
            told = (event.context.request_id, event.context.user_agent, event.context.address)
            whence = (f"ägent {index}", f"2001:db8::1{index:x}") if index % 4 < 2 else ("", None)
            assert told == (f"request {index}" if index % 2 else "", *whence)
            assert (event.context.commitment, event.context.subject) == (event.commitment, event.subject)
    salts = {bytes(salt) for salt in AuditContext.objects.values_list("salt", flat=True)}
    assert len(salts) == AuditContext.objects.count() > 1000


@pytest.mark.usefixtures("database_of_before")
def test_the_step_can_be_gone_back_behind() -> None:
    call_command("migrate", verbosity=0)
    call_command("migrate", *BEFORE, verbosity=0)
    call_command("migrate", verbosity=0)
    assert sealing.seal_due() == 0
