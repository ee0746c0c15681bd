"""The keys of the ring: public half in clear, private half encrypted, and the dates of their stages."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class KeyPurpose(StrEnum):
    ACCESS = "access"
    REFRESH = "refresh"


class Algorithm(StrEnum):
    """RFC 7518 section 3.1 and RFC 8037."""

    ES256 = "ES256"
    RS256 = "RS256"
    EDDSA = "EdDSA"
    HS256 = "HS256"


class SigningKeyQuerySet(models.QuerySet["SigningKey"]):
    def standing(self) -> Self:
        """Not withdrawn, the oldest first."""
        return self.filter(withdrawn_at__isnull=True).order_by("published_at", "kid")

    def signing_or_to_sign(self) -> Self:
        """Whatever may still sign something, now or later."""
        return self.standing().filter(Q(signing_until__isnull=True) | Q(signing_until__gt=Now()))

    def find_database_time(self) -> datetime | None:
        """By which the stages are dated; None when there are no keys."""
        return self.annotate(database_time=Now()).values_list("database_time", flat=True).first()


class SigningKey(models.Model):
    """Published, then signing from and until, then kept for verification, then gone; or withdrawn at once."""

    kid = models.CharField(primary_key=True, max_length=43, help_text="RFC 7638 thumbprint.")
    purpose = models.CharField(max_length=16, choices=[(p, p) for p in KeyPurpose])
    algorithm = models.CharField(max_length=8, choices=[(a, a) for a in Algorithm])
    public_jwk = models.JSONField(null=True, help_text="None for symmetric keys.")
    private_jwk_encrypted = models.TextField()
    published_at = models.DateTimeField()
    signing_from = models.DateTimeField(null=True)
    signing_until = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    longest_life_seconds = models.PositiveIntegerField(help_text="Nothing that it signs lives longer; never lowered.")

    objects = SigningKeyQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["purpose", "published_at"], name="signing_key_by_purpose")]

    @property
    def longest_life(self) -> timedelta:
        return timedelta(seconds=self.longest_life_seconds)
