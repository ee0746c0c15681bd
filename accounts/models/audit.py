"""What happened: who did what to whom by id, and apart from it, erasable, from where."""

import json
import secrets
from enum import StrEnum
from hashlib import sha256
from ipaddress import ip_address
from typing import Final, Self

from django.db import models
from django.db.models import Q

from accounts import identifiers
from accounts.models.moments import Moment
from accounts.models.prepared_insert import PreparedInsert
from accounts.principals import USER_AGENT_MAX_LENGTH

SALT_BYTES: Final = 16
DIGEST_LENGTH: Final = 64
"""Of a SHA-256 in hex."""


_encode = json.JSONEncoder(separators=(",", ":")).encode


class EventType(StrEnum):
    USER_REGISTERED = "user.registered"
    USER_CREATED = "user.created"
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
    PERMISSION_DENIED = "permission.denied"
    KEYS_CREATED = "keys.created"
    KEYS_ROTATED = "keys.rotated"
    KEYS_WITHDRAWN = "keys.withdrawn"
    KEYS_REENCRYPTED = "keys.reencrypted"
    KEYS_REMOVED = "keys.removed"
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


def make_salt() -> bytes:
    return secrets.token_bytes(SALT_BYTES)


def commit_to(salt: bytes, address: str | None, user_agent: str, email: str | None, request_id: str) -> str:
    """SHA-256 in hex, of what docs/audit.md says. Databases spell addresses differently: Python's spelling counts."""
    spelt = None if address is None else str(ip_address(address))
    return sha256(salt + _encode([spelt, user_agent, email, request_id]).encode()).hexdigest()


class AuditEventQuerySet(models.QuerySet["AuditEvent"]):
    def unsealed(self) -> Self:
        """In the order in which they will be numbered, as far as they are committed by then."""
        return self.filter(number__isnull=True).order_by("pk")

    def numbered(self, first: int, last: int) -> Self:
        """These places of the chain, in order."""
        return self.filter(number__range=(first, last)).order_by("number")


class AuditEvent(models.Model):
    """Written once and never changed, but that the worker numbers it (`AuditBatch`); removed when retention is over.

    Nothing personal: people and sessions are ids; `data` holds codes and counts.
    """

    id = models.BigAutoField(primary_key=True)
    number = models.BigIntegerField(null=True, editable=False, help_text="Its place in the chain; empty until sealed.")
    occurred_at = models.DateTimeField(db_default=Moment())
    type = models.CharField(max_length=64)
    outcome = models.CharField(max_length=16, choices=[(o, o) for o in Outcome])
    actor = models.CharField(
        max_length=64, blank=True, help_text="A user's id, a client's, `system:<command>`, or empty."
    )
    subject = models.UUIDField(null=True, help_text="The user whom it concerns.")
    session = models.UUIDField(null=True)
    data = models.JSONField(default=dict)
    commitment = models.CharField(
        max_length=DIGEST_LENGTH, blank=True, default="", help_text="To its personal part; empty where it has none."
    )

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["number"], condition=Q(number__isnull=False), name="audit_number"),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(number__isnull=True), name="audit_unsealed"),
            models.Index(fields=["subject", "occurred_at", "id"], name="audit_by_subject"),
            models.Index(fields=["actor", "occurred_at", "id"], name="audit_by_actor"),
            models.Index(fields=["type", "occurred_at", "id"], name="audit_by_type"),
            models.Index(fields=["occurred_at", "id"], name="audit_by_time"),
        ]


class AuditContext(models.Model):
    """The personal part of one event, apart so that it can be erased; `email` is one that was typed.

    Once it is, the event's commitment tells nobody anything: the salt was here, too.
    """

    event = models.OneToOneField(AuditEvent, on_delete=models.CASCADE, primary_key=True, related_name="context")
    subject = models.UUIDField(null=True, db_index=True)
    address = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=USER_AGENT_MAX_LENGTH, blank=True)
    email = models.CharField(max_length=identifiers.EMAIL_MAX_LENGTH, null=True)  # noqa: DJ001 - no index of SQLite leaves out ""
    request_id = models.CharField(max_length=64, blank=True, help_text="Which the client may have chosen.")
    salt = models.BinaryField(max_length=SALT_BYTES, default=make_salt, editable=False)

    class Meta:
        indexes = [
            models.Index(fields=["email"], condition=Q(email__isnull=False), name="audit_typed_email"),
        ]

    @property
    def commitment(self) -> str:
        return commit_to(bytes(self.salt), self.address, self.user_agent, self.email, self.request_id)


INSERT_EVENT: Final = PreparedInsert(AuditEvent)
INSERT_CONTEXT: Final = PreparedInsert(AuditContext)
