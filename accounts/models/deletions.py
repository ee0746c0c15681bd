"""Deletions, who must acknowledge them, and the receipts that stay: ids and times, nothing personal."""

from datetime import datetime, timedelta
from typing import Final, Self
from uuid import uuid4

from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Now

from accounts.models.moments import Moment
from accounts.models.notices import Notice

REASON_MAX_LENGTH = 500
OVERDUE_AFTER: Final = timedelta(hours=24)


class DeletionConsumer(models.Model):
    """A service that holds personal data, and how far it has followed the log."""

    client_id = models.CharField(primary_key=True, max_length=64)
    created_at = models.DateTimeField(db_default=Moment())
    acknowledged_seq = models.BigIntegerField(default=0, help_text="It has dealt with every notice up to this one.")
    acknowledged_at = models.DateTimeField(null=True)
    retired_at = models.DateTimeField(null=True, help_text="Since when nothing is expected of it any more.")


class DeletionQuerySet(models.QuerySet["Deletion"]):
    def under_way(self) -> Self:
        return self.filter(completed_at__isnull=True)

    def ready(self) -> Self:
        """Under way, and nobody is awaited any more, or somebody decided not to wait."""
        awaited = DeletionAcknowledgement.objects.awaited().filter(deletion=OuterRef("pk"))
        return self.under_way().filter(~Exists(awaited) | ~Q(forced_by=""))

    def note_numbers(self) -> int:
        """Those of the notices that have been committed since they were asked for; how many."""
        number = Notice.objects.filter(pk=OuterRef("notice_id")).values("seq")
        return self.under_way().filter(notice_seq__isnull=True).update(notice_seq=Subquery(number))


class Deletion(models.Model):
    """One person's deletion, from the request to the receipt. Survives the user, hence no foreign key."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    user_id = models.UUIDField(unique=True)
    requested_at = models.DateTimeField(db_default=Moment())
    requested_by = models.CharField(max_length=64, help_text="A user's id, or `system:<command>`.")
    notice_id = models.UUIDField(help_text="The `user.deleted` that consumers acknowledge.")
    notice_seq = models.BigIntegerField(null=True, help_text="Its number, noted as soon as it has one.")
    completed_at = models.DateTimeField(null=True, help_text="When the personal data was erased here.")
    forced_by = models.CharField(max_length=64, blank=True, help_text="Who did not wait for the consumers.")
    forced_reason = models.CharField(max_length=REASON_MAX_LENGTH, blank=True)

    objects = DeletionQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["requested_at"], condition=Q(completed_at__isnull=True), name="deletion_under_way"),
            models.Index(fields=["completed_at"], name="deletion_by_completion"),
        ]

    @property
    def begins_at(self) -> datetime:
        """As one that was delayed is told: by now it has begun."""
        return self.requested_at


class DeletionAcknowledgementQuerySet(models.QuerySet["DeletionAcknowledgement"]):
    def awaited(self) -> Self:
        return self.filter(acknowledged_at__isnull=True, consumer__retired_at__isnull=True)

    def overdue(self) -> Self:
        """Also of deletions that somebody forced: the consumer still holds what it should not."""
        return self.awaited().filter(deletion__requested_at__lt=Now() - OVERDUE_AFTER)

    def note_reached(self, seq: int | F, *, at_most: int) -> int:
        """Mark what is acknowledged by whoever has followed the log up to `seq`; how many. So many at a time, however
        long a consumer was away: no statement may run longer than the database lets it."""
        reached = self.filter(acknowledged_at__isnull=True, deletion__notice_seq__lte=seq)
        batch = DeletionAcknowledgement.objects.filter(pk__in=list(reached.values_list("pk", flat=True)[:at_most]))
        return batch.filter(acknowledged_at__isnull=True).update(acknowledged_at=Now())


class DeletionAcknowledgement(models.Model):
    """What one consumer owes one deletion: made with the deletion, for every consumer there was then."""

    deletion = models.ForeignKey(Deletion, on_delete=models.CASCADE, related_name="acknowledgements")
    consumer = models.ForeignKey(DeletionConsumer, on_delete=models.PROTECT, related_name="+")
    acknowledged_at = models.DateTimeField(null=True)

    objects = DeletionAcknowledgementQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["deletion", "consumer"], name="one_acknowledgement_per_consumer"),
        ]
        indexes = [
            models.Index(fields=["consumer"], condition=Q(acknowledged_at__isnull=True), name="acknowledgement_owed"),
        ]
