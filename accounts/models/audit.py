"""What happened: who did what to whom by id, and apart from it, erasable, from where."""

from enum import StrEnum
from typing import Final

from django.db import models

from accounts.models.moments import Moment
from accounts.models.prepared_insert import PreparedInsert
from accounts.principals import USER_AGENT_MAX_LENGTH


class EventType(StrEnum):
    USER_REGISTERED = "user.registered"
    USER_IMPORTED = "user.imported"
    USER_UPDATED = "user.updated"
    USER_EXPORTED = "user.exported"
    USER_SUSPENDED = "user.suspended"
    USER_REINSTATED = "user.reinstated"
    USER_DELETION_REQUESTED = "user.deletion_requested"
    USER_DELETION_FORCED = "user.deletion_forced"
    USER_DELETION_CANCELLED = "user.deletion_cancelled"
    USER_DELETED = "user.deleted"
    SIGN_IN = "sign_in"
    REFRESH = "refresh"
    LOGOUT = "logout"
    PASSWORD_CHANGED = "password.changed"  # noqa: S105 - an event, not a password
    PASSWORD_RESET = "password.reset"  # noqa: S105
    EMAIL_VERIFIED = "email.verified"
    EMAIL_CHANGE_REQUESTED = "email.change_requested"
    EMAIL_CHANGED = "email.changed"
    MAIL_REQUESTED = "mail.requested"
    SESSIONS_REVOKED = "sessions.revoked"
    TOKENS_INVALIDATED = "tokens.invalidated"
    KEYS_CREATED = "keys.created"
    KEYS_ROTATED = "keys.rotated"
    KEYS_WITHDRAWN = "keys.withdrawn"
    CLIENT_CREATED = "client.created"
    CLIENT_CHANGED = "client.changed"
    CLIENT_DELETED = "client.deleted"
    CLIENT_SECRET_ADDED = "client.secret_added"  # noqa: S105
    CLIENT_SECRET_REVOKED = "client.secret_revoked"  # noqa: S105
    CLIENT_SECRETS_REPLACED = "client.secrets_replaced"
    CLIENT_SIGN_IN = "client.sign_in"
    MAIL_GIVEN_UP = "mail.given_up"
    GROUP_CREATED = "group.created"
    GROUP_RENAMED = "group.renamed"
    GROUP_DELETED = "group.deleted"


class Outcome(StrEnum):
    SUCCESS = "success"
    FAILURE = "failure"


class AuditEvent(models.Model):
    """Nothing personal: people and sessions are ids; `data` holds codes and counts."""

    id = models.BigAutoField(primary_key=True)
    occurred_at = models.DateTimeField(db_default=Moment())
    type = models.CharField(max_length=64)
    outcome = models.CharField(max_length=16, choices=[(o, o) for o in Outcome])
    actor = models.CharField(
        max_length=64, blank=True, help_text="A user's id, a client's, `system:<command>`, or empty."
    )
    subject = models.UUIDField(null=True, help_text="The user whom it concerns.")
    session = models.UUIDField(null=True)
    request_id = models.CharField(max_length=64, blank=True)
    data = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["subject", "occurred_at"], name="audit_by_subject"),
            models.Index(fields=["actor", "occurred_at"], name="audit_by_actor"),
            models.Index(fields=["occurred_at"], name="audit_by_time"),
        ]


class AuditContext(models.Model):
    """The personal part of one event, apart so that it can be erased."""

    event = models.OneToOneField(AuditEvent, on_delete=models.CASCADE, primary_key=True, related_name="context")
    subject = models.UUIDField(null=True, db_index=True)
    address = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=USER_AGENT_MAX_LENGTH, blank=True)


INSERT_EVENT: Final = PreparedInsert(AuditEvent)
INSERT_CONTEXT: Final = PreparedInsert(AuditContext)
