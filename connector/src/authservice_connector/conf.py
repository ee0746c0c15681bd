"""The settings of the connector: `AUTHSERVICE` of Django's settings, typed, read when used, each default beside it."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from authservice_connector.credentials import ClientCredentials

__all__ = ["Deletion", "MirroredBy", "connector_settings"]


class Deletion(StrEnum):
    """What becomes of the local row of somebody who was deleted, after the signal."""

    ANONYMISE = "anonymise"
    DELETE = "delete"


class MirroredBy(StrEnum):
    """Who keeps the local users in step: every process that knows callers, or `authservice_follow` alone."""

    PROCESS = "process"
    COMMAND = "command"


PROFILE: Final = {"email": "email", "first_name": "first_name", "last_name": "last_name"}
KNOWN: Final = frozenset(
    {"URL", "ISSUER", "CLIENT_ID", "CLIENT_SECRET", "AUDIENCE", "LEEWAY", "MAX_STALENESS"}
    | {"PROFILE", "ON_DELETION", "MIRROR", "MAX_USER_AGE"}
)


class ConnectorSettings:
    """`AUTHSERVICE`, as values with units."""

    @property
    def url(self) -> str:
        """Where the auth service is reached. ImproperlyConfigured without it."""
        if not (url := str(self._get("URL", ""))):
            raise ImproperlyConfigured('AUTHSERVICE needs a URL: AUTHSERVICE = {"URL": "https://auth.example.com"}')
        return url.rstrip("/")

    @property
    def issuer(self) -> str:
        """What its tokens name as `iss`: its AUTH_ISSUER, where that is not the URL it is reached by."""
        return str(self._get("ISSUER", "")) or self.url

    @property
    def credentials(self) -> ClientCredentials | None:
        """None: each token is asked about."""
        client_id, secret = str(self._get("CLIENT_ID", "")), str(self._get("CLIENT_SECRET", ""))
        return ClientCredentials(client_id, secret) if client_id and secret else None

    @property
    def has_half_credentials(self) -> bool:
        """One of the two, which is none."""
        return bool(self._get("CLIENT_ID", "")) != bool(self._get("CLIENT_SECRET", ""))

    @property
    def audience(self) -> str:
        """TypeError for what is no text."""
        if not isinstance(audience := self._get("AUDIENCE", "fleet"), str) or not audience:
            raise TypeError('AUDIENCE is one name, as in "fleet"')
        return audience

    @property
    def named_audience(self) -> str:
        """The audience, where one is named; empty else: the auth service knows whose its tokens are."""
        return str(self._get("AUDIENCE", ""))

    @property
    def leeway_seconds(self) -> int:
        """How far clocks may be apart."""
        return int(self._get("LEEWAY", 30))

    @property
    def max_staleness_seconds(self) -> float:
        """For how long what was last known decides while nobody can be asked."""
        return float(self._get("MAX_STALENESS", 10))

    @property
    def max_user_age_seconds(self) -> float:
        """For how long a local user that was read serves further requests of its process; 0 reads it at each."""
        return float(self._get("MAX_USER_AGE", 5))

    @property
    def profile(self) -> Mapping[str, str]:
        """From a field of the local user to a member of the auth service's user object. TypeError for what is none."""
        profile = self._get("PROFILE", PROFILE)
        if not isinstance(profile, Mapping) or not all(
            isinstance(each, str) for pair in profile.items() for each in pair
        ):
            raise TypeError('PROFILE says from which member each field is filled, as in {"email": "email"}')
        return profile

    @property
    def on_deletion(self) -> Deletion:
        """ValueError for what is no Deletion."""
        return Deletion(self._get("ON_DELETION", Deletion.ANONYMISE))

    @property
    def mirrored_by(self) -> MirroredBy:
        """ValueError for what is no MirroredBy."""
        return MirroredBy(self._get("MIRROR", MirroredBy.PROCESS))

    @property
    def unknown(self) -> set[str]:
        """Names in AUTHSERVICE that nothing reads."""
        return set(self._all) - KNOWN

    @property
    def _all(self) -> Mapping[str, Any]:
        """ImproperlyConfigured for what is no mapping."""
        found = getattr(settings, "AUTHSERVICE", {})
        if not isinstance(found, Mapping):
            raise ImproperlyConfigured('AUTHSERVICE is a mapping: AUTHSERVICE = {"URL": "https://auth.example.com"}')
        return found

    def _get(self, name: str, default: object) -> Any:
        return self._all.get(name, default)


connector_settings: Final = ConnectorSettings()
