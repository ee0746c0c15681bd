"""Audit events, sealed and old enough to be sealed."""

from datetime import timedelta
from typing import Final

from django.db import transaction
from django.db.models import F

from accounts import audit
from accounts.models import AuditBatch, AuditEvent, EventType, Outcome
from accounts.principals import Origin, System
from accounts.services.auditing import sealing

OPERATOR: Final = System("test")
HERE: Final = Origin(address="192.0.2.1", user_agent="curl/8", request_id="request-1")


def append(number: int, *, origin: Origin = HERE) -> list[int]:
    """So many events; their ids."""
    last = AuditEvent.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    for index in range(number):
        with transaction.atomic():
            audit.record(EventType.LOGOUT, Outcome.SUCCESS, actor=OPERATOR, origin=origin, index=index)
    return list(AuditEvent.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True))


def wait(time: timedelta = sealing.SEALED_AFTER) -> None:
    """What is not sealed yet has waited so long."""
    AuditEvent.objects.filter(number__isnull=True).update(occurred_at=F("occurred_at") - time)


def seal(*batches: int) -> list[AuditBatch]:
    """Batches of so many events each; all there are by now."""
    for number in batches:
        append(number)
        wait()
        assert sealing.seal_due() == number
    return list(AuditBatch.objects.order_by("number"))


def numbers() -> dict[int, int | None]:
    return dict(AuditEvent.objects.order_by("pk").values_list("pk", "number"))


def let_pass(time: timedelta) -> None:
    """Every batch was sealed so much earlier: its head has to be made anew, as those behind it."""
    AuditBatch.objects.update(sealed_at=F("sealed_at") - time)
    rewrite(1)


def rewrite(first: int) -> None:
    """What somebody would do who can write to the database: make all heads from this batch on anew."""
    head = AuditBatch.objects.filter(number__lt=first).order_by("-number").values_list("head", flat=True).first()
    for batch in AuditBatch.objects.filter(number__gte=first).order_by("number"):
        batch.previous_head = head or batch.previous_head
        if batch.dropped_at is None:
            batch.head = batch.head_over(AuditEvent.objects.numbered(batch.first_row, batch.last_row))
        batch.save()
        head = batch.head
