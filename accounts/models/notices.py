"""The log of notices: what other processes and services must hear of, in the order in which it was committed."""

from enum import StrEnum
from uuid import uuid4

from django.db import models
from django.db.models.functions import Now


class NoticeType(StrEnum):
    USER_UPDATED = "user.updated"
    USER_SUSPENDED = "user.suspended"
    USER_REINSTATED = "user.reinstated"
    USER_DELETED = "user.deleted"
    SESSIONS_REVOKED = "sessions.revoked"
    GROUP_CHANGED = "group.changed"
    CLIENT_CHANGED = "client.changed"
    KEYS_CHANGED = "keys.changed"


class Notice(models.Model):
    """Appended by `notices.log` alone, never changed, removed by the worker oldest first.

    A trigger gives it its number when its transaction commits, under a lock, so that commit order is the log's order
    (migration 0002). `data` holds ids, versions and codes: nothing personal.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    seq = models.BigIntegerField(null=True, unique=True, editable=False, help_text="Empty until it is committed.")
    type = models.CharField(max_length=32, help_text="One of NoticeType.")
    subject = models.CharField(max_length=64, help_text="Whom or what it concerns: the id of a user, group or client.")
    occurred_at = models.DateTimeField(db_default=Now(), db_index=True, help_text="When it was committed.")
    data = models.JSONField(default=dict)
