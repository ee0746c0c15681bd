"""Why somebody may not come in, since when, by whom and for how long."""

from typing import Self
from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from accounts.models.moments import Moment
from accounts.models.users import User

REASON_MAX_LENGTH = 500


class SuspensionQuerySet(models.QuerySet["Suspension"]):
    def open(self) -> Self:
        return self.filter(lifted_at__isnull=True)

    def ended(self) -> Self:
        """Open, and over by the database's clock. Whoever is being deleted stays out."""
        return self.open().filter(until__lte=Now(), user__deletion_requested_at__isnull=True)

    def contradicted(self) -> Self:
        """Open by their own row, while their user may come in: changed behind the services' back."""
        return self.open().filter(user__is_active=True, user__deletion_requested_at__isnull=True)

    def lift(self, by: str) -> int:
        """How many of these were still open."""
        return self.open().update(lifted_at=Now(), lifted_by=by)


class Suspension(models.Model):
    """One row per suspension, kept as history; the open one of a user goes with `is_active = false`."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="suspensions")
    reason = models.CharField(max_length=REASON_MAX_LENGTH, blank=True)
    actor = models.CharField(max_length=64, help_text="A user's id, or `system:<command>`.")
    created_at = models.DateTimeField(db_default=Moment())
    until = models.DateTimeField(null=True, help_text="When the worker lifts it; empty: until somebody does.")
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.CharField(max_length=64, blank=True)

    objects = SuspensionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user"], condition=Q(lifted_at__isnull=True), name="one_open_suspension"),
        ]
        indexes = [
            models.Index(fields=["user", "created_at"], name="suspension_by_user"),
            models.Index(
                fields=["until"], condition=Q(lifted_at__isnull=True, until__isnull=False), name="suspension_to_lift"
            ),
        ]
