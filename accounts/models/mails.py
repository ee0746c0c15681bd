"""The outbox: mails that are to be sent. A row is an intent, and gone as soon as nothing more is to be done for it."""

import secrets
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Self
from uuid import UUID, uuid4

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from accounts import identifiers
from accounts.models.moments import Moment
from accounts.models.users import EmailAddressField, User

SEED_BYTES: Final = 16
GIVEN_UP_AFTER: Final = timedelta(days=1)
CLAIMED_FOR: Final = timedelta(seconds=90)
"""After so long a mail whose worker died is due again; no sending takes as long (`delivery.sending`)."""


class MailKind(StrEnum):
    """Also the names of the templates."""

    VERIFY_EMAIL = "verify_email"
    RESET_PASSWORD = "reset_password"  # noqa: S105 - a kind, not a password
    CONFIRM_NEW_EMAIL = "confirm_new_email"
    EMAIL_CHANGED = "email_changed"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105
    ALREADY_REGISTERED = "already_registered"
    CANCEL_DELETION = "cancel_deletion"
    INVITATION = "invitation"


def make_seed() -> bytes:
    return secrets.token_bytes(SEED_BYTES)


class MailQuerySet(models.QuerySet["Mail"]):
    def due(self) -> Self:
        """Those that wait longest come first."""
        return self.filter(due_at__lte=Now()).order_by("due_at", "pk")

    def of(self, user: User) -> Self:
        """All that name this person: also what strangers asked for in their name knows their address."""
        return self.filter(Q(user=user) | Q(address=user.email))

    def claim(self) -> "Mail | None":
        """The first that is due, for this worker alone, with the database's time as `read_at`; within a transaction.

        What another worker is claiming is skipped.
        """
        mail = self.due().select_for_update(skip_locked=True, no_key=True).annotate(database_time=Now()).first()
        if mail is None:
            return None
        self.filter(pk=mail.pk).update(due_at=Now() + CLAIMED_FOR, attempts=F("attempts") + 1)
        mail.attempts += 1
        mail.read_at = mail.database_time  # type: ignore[attr-defined]  # annotated above
        return mail


class Mail(models.Model):
    """`attempts` grows with every claim, so it tells whose a mail is: the one that took it for the n-th time.

    Who has it may take their own back: whoever took it before has less, so no two who are at work have the same.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False, help_text="Also in its Message-ID.")
    kind = models.CharField(max_length=32)
    address = EmailAddressField(max_length=identifiers.EMAIL_MAX_LENGTH)
    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="+")
    credentials_version = models.PositiveIntegerField(
        null=True, help_text="The account's when it asked, where it did: void once that has grown."
    )
    seed = models.BinaryField(default=make_seed, editable=False, help_text="What a code in it is derived from.")
    created_at = models.DateTimeField(db_default=Moment())
    due_at = models.DateTimeField(db_default=Now(), help_text="When it is to be tried next.")
    attempts = models.PositiveIntegerField(default=0)

    user_id: UUID | None
    read_at: datetime
    """When it was read, by the database's clock. Set by `claim` alone."""

    objects = MailQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["due_at", "id"], name="mail_by_due"),
            models.Index(fields=["address"], name="mail_by_address"),
        ]

    @property
    def is_too_old(self) -> bool:
        """So long after it was asked for, nobody waits for it any more."""
        return self.read_at - self.created_at >= GIVEN_UP_AFTER
