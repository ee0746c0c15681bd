"""Deletions, who must acknowledge them, and the receipts that stay: ids and times, nothing personal."""

from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

REASON_MAX_LENGTH = 500


class DeletionConsumer(models.Model):
    """A service that holds personal data, and how far it has followed the log."""

    client_id = models.CharField(primary_key=True, max_length=64)
    created_at = models.DateTimeField(db_default=Now())
    acknowledged_seq = models.BigIntegerField(default=0, help_text="It has dealt with every notice up to this one.")
    acknowledged_at = models.DateTimeField(null=True)
    retired_at = models.DateTimeField(null=True, help_text="Since when nothing is expected of it any more.")


class Deletion(models.Model):
    """One person's deletion, from the request to the receipt. Survives the user, hence no foreign key."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    user_id = models.UUIDField(unique=True)
    requested_at = models.DateTimeField(db_default=Now())
    requested_by = models.CharField(max_length=64, help_text="A user's id, or `system:<command>`.")
    notice_id = models.UUIDField(help_text="The `user.deleted` that consumers acknowledge.")
    notice_seq = models.BigIntegerField(null=True, help_text="Its number, noted as soon as it has one.")
    completed_at = models.DateTimeField(null=True, help_text="When the personal data was erased here.")
    forced_by = models.CharField(max_length=64, blank=True, help_text="Who did not wait for the consumers.")
    forced_reason = models.CharField(max_length=REASON_MAX_LENGTH, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["requested_at"], condition=Q(completed_at__isnull=True), name="deletion_under_way"),
        ]


class DeletionAcknowledgement(models.Model):
    """What one consumer owes one deletion: made with the deletion, for every consumer there was then."""

    deletion = models.ForeignKey(Deletion, on_delete=models.CASCADE, related_name="acknowledgements")
    consumer = models.ForeignKey(DeletionConsumer, on_delete=models.PROTECT, related_name="+")
    acknowledged_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["deletion", "consumer"], name="one_acknowledgement_per_consumer"),
        ]
