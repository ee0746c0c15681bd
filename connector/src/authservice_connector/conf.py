"""The settings of the connector: `AUTHSERVICE` of Django's settings, typed, read when used, each default beside it."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from authservice_connector import refusals
from authservice_connector.credentials import ClientCredentials

__all__ = ["Deletion", "MirroredBy", "connector_settings"]

SHORTEST_STALENESS_SECONDS: Final = 2
LONGEST_STALENESS_SECONDS: Final = 60
LONGEST_LEEWAY_SECONDS: Final = refusals.LONGEST_LEEWAY_SECONDS
LONGEST_USER_AGE_SECONDS: Final = 60


class Deletion(StrEnum):
    """What becomes of the local row of somebody who was deleted, after the signal."""

    ANONYMISE = "anonymise"
    DELETE = "delete"


class MirroredBy(StrEnum):
    """Who keeps the local users in step: every process that knows callers, or `authservice_follow` alone."""

    PROCESS = "process"
    COMMAND = "command"


PROFILE: Final = {"email": "email", "first_name": "first_name", "last_name": "last_name"}
TEXTS: Final = frozenset({"URL", "ISSUER", "CLIENT_ID", "CLIENT_SECRET", "AUDIENCE"})
KNOWN: Final = TEXTS | {"LEEWAY", "MAX_STALENESS", "PROFILE", "ON_DELETION", "MIRROR", "MAX_USER_AGE"}


class ConnectorSettings:
    """`AUTHSERVICE`, as values with units. What is None is not set, as settings that come from elsewhere have it.

    TypeError for what is to be text and is none; ImproperlyConfigured for seconds that would have tokens believed for
    too long, so that nothing runs with them though nobody looked at the checks.
    """

    @property
    def url(self) -> str:
        """Where the auth service is reached. ImproperlyConfigured without it."""
        if not (url := self._text("URL")):
            raise ImproperlyConfigured('AUTHSERVICE needs a URL: AUTHSERVICE = {"URL": "https://auth.example.com"}')
        return url.rstrip("/")

    @property
    def issuer(self) -> str:
        """What its tokens name as `iss`: its AUTH_ISSUER, where that is not the URL it is reached by."""
        return self._text("ISSUER") or self.url

    @property
    def credentials(self) -> ClientCredentials | None:
        """None: each token is asked about."""
        client_id, secret = self._text("CLIENT_ID"), self._text("CLIENT_SECRET")
        return ClientCredentials(client_id, secret) if client_id and secret else None

    @property
    def has_half_credentials(self) -> bool:
        """One of the two, which is none."""
        return bool(self._text("CLIENT_ID")) != bool(self._text("CLIENT_SECRET"))

    @property
    def audience(self) -> str:
        """Whose tokens are taken. TypeError for no name at all."""
        if not (audience := self._text("AUDIENCE", "fleet")):
            raise TypeError('AUDIENCE is one name, as in "fleet"')
        return audience

    @property
    def named_audience(self) -> str:
        """The audience, where one is named; empty else: the auth service knows whose its tokens are."""
        return self._text("AUDIENCE")

    @property
    def leeway_seconds(self) -> int:
        """How far clocks may be apart."""
        return int(self._seconds("LEEWAY", 30, 0, LONGEST_LEEWAY_SECONDS))

    @property
    def max_staleness_seconds(self) -> float:
        """For how long what was last known decides while nobody can be asked."""
        return self._seconds("MAX_STALENESS", 10, SHORTEST_STALENESS_SECONDS, LONGEST_STALENESS_SECONDS)

    @property
    def max_user_age_seconds(self) -> float:
        """For how long a local user that was read serves further requests of its process; 0 reads it at each."""
        return self._seconds("MAX_USER_AGE", 5, 0, LONGEST_USER_AGE_SECONDS)

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
    def texts(self) -> Mapping[str, str]:
        """What is to be text, by name; empty where it is not set."""
        return {name: self._text(name) for name in sorted(TEXTS)}

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
        value = self._all.get(name)
        return default if value is None else value

    def _text(self, name: str, default: str = "") -> str:
        if not isinstance(value := self._get(name, default), str):
            raise TypeError(f"{name} is one text, and no {type(value).__name__}")
        return value

    def _seconds(self, name: str, default: int, shortest: int, longest: int) -> float:
        """ValueError for what is no number."""
        try:
            seconds = float(self._get(name, default))
        except (TypeError, ValueError):
            raise ValueError(f"{name} is a number of seconds") from None
        if not shortest <= seconds <= longest:
            raise ImproperlyConfigured(f"AUTHSERVICE: {name} is {shortest} to {longest} seconds.")
        return seconds


connector_settings: Final = ConnectorSettings()
