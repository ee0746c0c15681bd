"""Deletions that can still be cancelled: the person is suspended, and no other service has been told."""

from datetime import datetime
from typing import Self
from uuid import uuid4

from django.db import models
from django.db.models.functions import Now

from accounts.models.moments import Moment
from accounts.models.suspensions import Suspension
from accounts.models.users import User


class DelayedDeletionQuerySet(models.QuerySet["DelayedDeletion"]):
    def due(self) -> Self:
        return self.filter(begins_at__lte=Now())

    def cancellable(self) -> Self:
        return self.filter(begins_at__gt=Now())


class DelayedDeletion(models.Model):
    """Gone once it has begun, when there is a `Deletion` of the same id, or has been cancelled."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="+")
    session_id = models.UUIDField(help_text="By which its owner asked for it.")
    suspension = models.ForeignKey(
        Suspension, on_delete=models.CASCADE, related_name="+", help_text="Which keeps them out, and ends with it."
    )
    requested_at = models.DateTimeField(db_default=Moment())
    begins_at = models.DateTimeField(db_index=True)

    completed_at: datetime | None = None
    """As a deletion that has begun is told."""

    objects = DelayedDeletionQuerySet.as_manager()
