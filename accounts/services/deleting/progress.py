"""Tells those who look after deletions which there are, and which consumers are behind."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from django.db.models import BooleanField, Exists, F, OuterRef, QuerySet, Subquery

from accounts.models import DelayedDeletion, Deletion, DeletionAcknowledgement, DeletionConsumer, Notice, ServiceClient
from accounts.principals import Principal
from accounts.services import authorisation, counting
from accounts.services.authorisation import Action
from accounts.services.counting import Some

MOST_CONSUMERS: Final = 200


class State(StrEnum):
    UNDER_WAY = "under_way"
    PUT_OFF = "put_off"
    COMPLETED = "completed"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a consumer has followed the log. `since`: since when the oldest notice that it has not acknowledged is
    there, None where it is at the end; `owes`: whether a deletion waits for it, `is_overdue`: for longer than a day.
    """

    client_id: str
    name: str
    acknowledged_at: datetime | None
    notices: int
    since: datetime | None
    owes: bool
    is_overdue: bool


def listed(state: State, *, actor: Principal) -> QuerySet[Any]:
    """`Deletion`s, or `DelayedDeletion`s, each in the order of an index: the completed newest first, the others as they
    are to come. What `authorisation.require` raises.
    """
    authorisation.require(Action.READ_DELETION, actor=actor)
    match state:
        case State.UNDER_WAY:
            return Deletion.objects.under_way().order_by("requested_at", "pk")
        case State.PUT_OFF:
            return DelayedDeletion.objects.order_by("begins_at", "pk")
        case State.COMPLETED:
            return Deletion.objects.filter(completed_at__isnull=False).order_by("-completed_at", "-pk")


def unerased(*, actor: Principal) -> Some:
    """Under way, for whatever reason. What `authorisation.require` raises."""
    return counting.some(listed(State.UNDER_WAY, actor=actor).values_list("requested_at", flat=True))


def consumers(*, actor: Principal) -> list[Progress]:
    """Of whom acknowledgements are expected, whoever has been behind for the longest first. What is asked of each is
    answered by an index. What `authorisation.require` raises.
    """
    authorisation.require(Action.READ_DELETION, actor=actor)
    unread = Notice.objects.filter(seq__gt=OuterRef("acknowledged_seq")).order_by("seq")
    owed = DeletionAcknowledgement.objects.awaited().filter(consumer=OuterRef("pk"))
    end = Notice.objects.find_last()
    found = DeletionConsumer.objects.filter(retired_at__isnull=True).annotate(
        since=Subquery(unread.values("occurred_at")[:1]),
        owes=Exists(owed, output_field=BooleanField()),
        is_overdue=Exists(owed.overdue(), output_field=BooleanField()),
        name=Subquery(ServiceClient.objects.filter(pk=OuterRef("pk")).values("name")[:1]),
    )
    last = 0 if end is None or end.seq is None else end.seq
    return [
        Progress(
            client_id=row.pk,
            name=row.name or "",
            acknowledged_at=row.acknowledged_at,
            notices=max(last - row.acknowledged_seq, 0),
            since=row.since,
            owes=row.owes,
            is_overdue=row.is_overdue,
        )
        for row in found.order_by(F("since").asc(nulls_last=True), "pk")[:MOST_CONSUMERS]
    ]
