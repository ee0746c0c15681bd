"""From where people have signed in lately, so that strangers elsewhere can't lock them out."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.crypto import salted_hmac

from accounts.models.prepared_insert import PreparedInsert
from accounts.models.users import User
from accounts.principals import Origin

KNOWN_FOR: Final = timedelta(days=90)


class KnownNetworkQuerySet(models.QuerySet["KnownNetwork"]):
    def knows(self, email: str, origin: Origin) -> bool:
        """Whether the account has signed in from this network within the last 90 days. Nobody is known without one."""
        hashes = [_hash(origin, secret) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
        here = self.filter(user__in=User.objects.present().filter(email=email), network_hash__in=hashes)
        return bool(origin.network) and here.filter(last_seen_at__gt=Now() - KNOWN_FOR).exists()


class KnownNetwork(models.Model):
    """A keyed hash, because the table has no use for the address itself."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    network_hash = models.CharField(max_length=64)
    last_seen_at = models.DateTimeField(db_index=True)

    objects = KnownNetworkQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "network_hash"], name="unique_known_network")]

    @classmethod
    def of(cls, user_id: UUID, origin: Origin) -> "KnownNetwork | None":
        """Where somebody is, yet to be given its time; None for nowhere."""
        network_hash = present_hash(origin)
        return cls(user_id=user_id, network_hash=network_hash) if network_hash else None


def present_hash(origin: Origin) -> str:
    """By which a row names this network from now on; empty without one."""
    return _hash(origin, settings.SECRET_KEY) if origin.network else ""


def _hash(origin: Origin, secret: str) -> str:
    return salted_hmac("accounts.networks", origin.network, secret, algorithm="sha256").hexdigest()


NOTE: Final = PreparedInsert(KnownNetwork, unique=["user", "network_hash"], renewed=["last_seen_at"])
