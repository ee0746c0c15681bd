"""Service clients: programs that sign in by a secret of their own, and what they may do."""

import re
import secrets
from base64 import b32encode
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Self
from uuid import uuid4

from django.db import connection, models
from django.db.models import F, Q
from django.db.models.functions import Now

from accounts.models.moments import Moment
from accounts.models.prepared import PreparedRead
from accounts.models.rereading import Among, as_parameter

CLIENT_ID_PREFIX: Final = "svc_"
CLIENT_ID_BYTES: Final = 15
CLIENT_ID: Final = re.compile(r"svc_[a-z2-7]{24}")
MAX_LIVE_SECRETS: Final = 2
"""So that one can be replaced without an outage."""

USE_NOTED_EVERY: Final = timedelta(hours=1)
NAME_MAX_LENGTH: Final = 100
SCOPE_TOKEN: Final = re.compile(r"^[!#-\[\]-~]+\Z")
"""RFC 6749 section 3.3: printable ASCII without spaces, quotes and backslashes."""

SCOPE_MAX_LENGTH: Final = 100
MAX_SCOPES: Final = 50
SCOPES_MAX_LENGTH: Final = 2000
"""All of a client's together: they are in each of its tokens, which have to fit into a header."""


class Scope(StrEnum):
    """What this service itself heeds; a client may have others, which mean something to other services."""

    TOKENS_INTROSPECT = "tokens:introspect"
    USERS_READ = "users:read"
    NOTICES_READ = "notices:read"
    USERS_ADMIN = "users:admin"


def make_client_id() -> str:
    return CLIENT_ID_PREFIX + b32encode(secrets.token_bytes(CLIENT_ID_BYTES)).decode("ascii").lower()


class ServiceClientQuerySet(models.QuerySet["ServiceClient"]):
    def named(self, unverified_id: str) -> Self:
        """At most one. What can't be an id is not looked up: PostgreSQL takes no NUL."""
        return self.filter(pk=unverified_id) if CLIENT_ID.fullmatch(unverified_id) else self.none()

    def with_live_secrets(self) -> Self:
        return self.prefetch_related(
            models.Prefetch("secrets", queryset=ClientSecret.objects.live(), to_attr="live_secrets")
        )


class ServiceClient(models.Model):
    """`epoch` is the `sid` of its tokens: a new one ends them all."""

    id = models.CharField(primary_key=True, max_length=64, default=make_client_id, editable=False)
    name = models.CharField(max_length=NAME_MAX_LENGTH, help_text="What it is, for people.")
    scopes = models.JSONField(default=list, help_text="Sorted; at most these are in its tokens.")
    holds_personal_data = models.BooleanField(default=False, help_text="Deletions wait until it has acknowledged them.")
    is_active = models.BooleanField(default=True)
    epoch = models.UUIDField(default=uuid4, editable=False)
    created_at = models.DateTimeField(db_default=Moment())

    live_secrets: "list[ClientSecret]"
    """Set by `with_live_secrets` alone."""

    objects = ServiceClientQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["created_at", "id"], name="client_by_creation")]
        permissions = [("grant_foreign_scopes", "Can give service clients scopes that other services heed")]

    def __str__(self) -> str:
        return f"{self.name} ({self.pk})"


class ClientSecretQuerySet(models.QuerySet["ClientSecret"]):
    def find_live(self, unverified_client_ids: Sequence[str]) -> "dict[str, list[ClientSecret]]":
        """By client, of those that have any; with it, and the database's time as `read_at`: all in one query."""
        client_ids = [each for each in unverified_client_ids if CLIENT_ID.fullmatch(each)]
        found = LIVE.find_all(as_parameter(client_ids, connection.vendor)) if client_ids else []
        by_client: dict[str, list[ClientSecret]] = {}
        for secret in found:
            secret.read_at = secret.database_time  # type: ignore[attr-defined]  # annotated by `_live`
            by_client.setdefault(secret.client_id, []).append(secret)
        return by_client

    def live(self) -> Self:
        return self.filter(revoked_at__isnull=True).order_by("created_at", "pk")

    def revoke(self) -> int:
        """How many of these were still live."""
        return self.filter(revoked_at__isnull=True).update(revoked_at=Now())


class ClientSecret(models.Model):
    """A keyed hash of 256 random bits, which nobody can guess: a slow hash would only slow the honest."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    client = models.ForeignKey(ServiceClient, on_delete=models.CASCADE, related_name="secrets")
    digest = models.CharField(max_length=200, help_text="Each with the name of the key that it was made with.")
    created_at = models.DateTimeField(db_default=Moment())
    last_used_at = models.DateTimeField(null=True, help_text="To the hour.")
    revoked_at = models.DateTimeField(null=True)

    read_at: datetime
    """When it was read, by the database's clock. Set by `find_live` alone."""

    objects = ClientSecretQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["client"], name="client_secret_live", condition=Q(revoked_at__isnull=True))]


def _live(client_ids: str) -> models.QuerySet[ClientSecret]:
    whole = ClientSecret.objects.live().filter(Among(F("client_id"), client_ids)).select_related("client")
    return whole.annotate(database_time=Now())


LIVE: Final = PreparedRead(_live, "ids")
