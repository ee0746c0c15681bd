"""Codes that are mailed: whoever has one reads the mail of that address."""

from typing import Self
from uuid import uuid4

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now

from accounts import identifiers
from accounts.models.mails import MailKind
from accounts.models.users import EmailAddressField, User

DIGEST_LENGTH = 64


class CodeQuerySet(models.QuerySet["Code"]):
    def good(self) -> Self:
        """Neither used nor over, and the account still is what it was bound to.

        The user is asked by EXISTS, never by a join: an UPDATE over a join compares `id IN (…)` against the rows as
        they were, so that two parallel uses would both match.
        """
        holder = User.objects.present().filter(pk=OuterRef("user_id"), email=OuterRef("email"))
        unchanged = holder.admitted().filter(credentials_version=OuterRef("credentials_version"))
        stays = Q(purpose=MailKind.CANCEL_DELETION)  # who is out meanwhile, and has no other way back
        believed = Exists(unchanged) | (stays & Exists(holder))
        return self.filter(believed, used_at__isnull=True, expires_at__gt=Now())

    def spend(self) -> int:
        """How many of these were good until now."""
        return self.good().update(used_at=Now())


class Code(models.Model):
    """One row per person and purpose, so that a newer code supersedes the older by taking its place."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    purpose = models.CharField(max_length=32, help_text="The kind of mail that it is in, one of MailKind.")
    digest = models.CharField(
        max_length=DIGEST_LENGTH, unique=True, help_text="SHA-256 of 256 bits that nobody can guess."
    )
    email = EmailAddressField(max_length=identifiers.EMAIL_MAX_LENGTH, help_text="The account's.")
    address = EmailAddressField(max_length=identifiers.EMAIL_MAX_LENGTH, help_text="Where it was mailed to.")
    credentials_version = models.PositiveIntegerField()
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True)

    objects = CodeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "purpose"], name="one_code_per_purpose"),
        ]
