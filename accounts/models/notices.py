"""The log of notices: what other processes and services must hear of, in the order in which it was committed."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self
from uuid import uuid4

from django.db import models
from django.db.models import F, Min
from django.db.models.functions import Now

from accounts.models.moments import Moment


class NoticeType(StrEnum):
    USER_UPDATED = "user.updated"
    USER_SUSPENDED = "user.suspended"
    USER_REINSTATED = "user.reinstated"
    USER_DELETED = "user.deleted"
    SESSIONS_REVOKED = "sessions.revoked"
    GROUP_CHANGED = "group.changed"
    CLIENT_CHANGED = "client.changed"
    KEYS_CHANGED = "keys.changed"


class NoticeQuerySet(models.QuerySet["Notice"]):
    def numbered_from(self, seq: int) -> Self:
        """In order; what is not committed has no number."""
        return self.filter(seq__gte=seq).order_by("seq")

    def find_last(self) -> "Notice | None":
        return self.filter(seq__isnull=False).order_by("-seq").first()

    def first_number_within(self, span: timedelta) -> int | None:
        """Of those not older than that by the database's clock, which may have been set back meanwhile.

        The sum keeps PostgreSQL from looking for the least number along the numbers, through all that is older.
        """
        recent = self.filter(occurred_at__gte=Now() - span)
        number: int | None = recent.aggregate(number=Min(F("seq") + 0))["number"]
        return number


class Notice(models.Model):
    """Appended by `notices.log` alone, never changed, removed by the worker oldest first.

    A trigger gives it its number when its transaction commits, under a lock, so that commit order is the log's order
    (migration 0003). `data` holds ids, versions and codes: nothing personal.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    seq = models.BigIntegerField(null=True, unique=True, editable=False, help_text="Empty until it is committed.")
    type = models.CharField(max_length=32, help_text="One of NoticeType.")
    subject = models.CharField(max_length=64, help_text="Whom or what it concerns: the id of a user, group or client.")
    occurred_at = models.DateTimeField(db_default=Moment(), db_index=True, help_text="When it was committed.")
    data = models.JSONField(default=dict)
    expires: datetime
    """Until when a token may be around that it refuses. Only there when the service that follows the log has said."""

    objects = NoticeQuerySet.as_manager()
