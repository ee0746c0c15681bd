"""What happened, for those who look into it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.db.models import QuerySet

from accounts.models import AuditBatch, AuditEvent
from accounts.principals import Principal
from accounts.services import authorisation
from accounts.services.authorisation import Action

CONDITIONS: Final = {
    "actor": "actor",
    "subject": "subject",
    "type": "type",
    "created_after": "occurred_at__gte",
    "created_before": "occurred_at__lt",
}
"""Each is served by an index, newest first."""


def listed(wanted: Mapping[str, Any], *, actor: Principal) -> QuerySet[AuditEvent]:
    """Those that meet all conditions, each with what is personal in it, if that is not erased. `wanted` has values by
    the names of CONDITIONS. Raises as `authorisation.require`.
    """
    authorisation.require(Action.READ_AUDIT, actor=actor)
    return AuditEvent.objects.filter(**{CONDITIONS[name]: value for name, value in wanted.items()}).select_related(
        "context"
    )


def batches(*, actor: Principal) -> QuerySet[AuditBatch]:
    """The chain, its end first. Raises as `authorisation.require`."""
    authorisation.require(Action.READ_AUDIT, actor=actor)
    return AuditBatch.objects.order_by("-number")


def unsealed_since(*, actor: Principal) -> datetime | None:
    """When the oldest event happened that waits to be sealed. Raises as `authorisation.require`."""
    authorisation.require(Action.READ_AUDIT, actor=actor)
    return AuditEvent.objects.unsealed().values_list("occurred_at", flat=True).first()
