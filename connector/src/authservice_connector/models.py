"""The mirror's tables: whom the auth service knows, beside the service's own users; how far its log was followed."""

from django.conf import settings
from django.db import models
from django.db.models import Q

__all__ = ["MirrorPosition", "RemoteUser"]


class RemoteUser(models.Model):
    """A person as the auth service last told of them. Found by issuer and subject, never by e-mail.

    Whether the auth service has suspended them stands here; whether this service has, in its own user's `is_active`.
    """

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="remote")
    issuer = models.CharField(max_length=255)
    subject = models.CharField(max_length=64, help_text="The auth service's id of the person.")
    version = models.BigIntegerField(default=0, help_text="Of these details; 0 if any are newer.")
    email = models.CharField(max_length=320, blank=True)
    email_verified = models.BooleanField(default=False)
    profile = models.JSONField(default=dict, help_text="The user object, as it was answered.")
    is_suspended = models.BooleanField(default=False)
    is_stale = models.BooleanField(default=False, help_text="A notice told of a change that is not fetched yet.")
    lacks_values = models.BooleanField(default=False, help_text="A value is unique here and somebody else's so far.")
    deleted_at = models.DateTimeField(null=True, blank=True)
    was_active = models.BooleanField(default=True, help_text="Of the local user, when this person was deleted.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["issuer", "subject"], name="authservice_one_mirror_a_person")]
        indexes = [
            models.Index(fields=["id"], condition=Q(is_stale=True), name="authservice_stale"),
            models.Index(fields=["id"], condition=Q(lacks_values=True), name="authservice_lacks_values"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} at {self.issuer}"

    @property
    def is_unconfirmed(self) -> bool:
        """Whether everybody was looked up anew, and the auth service did not know this person: their token may be of
        a session that was lost there, so it has to be asked about.
        """
        return self.version == 0 and not self.is_stale and self.deleted_at is None


class MirrorPosition(models.Model):
    """Up to where this service has followed one issuer's log. Whoever holds the row does the mirror's work."""

    issuer = models.CharField(max_length=255, primary_key=True)
    cursor = models.CharField(max_length=255, blank=True, help_text="Empty: from the beginning, everything anew.")
    owed = models.CharField(max_length=255, blank=True, help_text="The cursor that is to be acknowledged.")
    holder = models.UUIDField(null=True, blank=True, help_text="The process that does the work.")
    held_until = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"the log of {self.issuer}"
