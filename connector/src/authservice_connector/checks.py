"""Misconfiguration, found at boot: each with an id and what to do."""

from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.checks import CheckMessage, Error, Warning  # noqa: A004 - Django's own name
from django.core.exceptions import ImproperlyConfigured

from authservice_connector.conf import PROFILE, connector_settings
from authservice_connector.transport import Transport

SHORTEST_NAME: Final = 36
"""An id of the auth service's, as text."""


def check_settings(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """E001 to E005, W001 to W005."""
    if not isinstance(getattr(settings, "AUTHSERVICE", {}), Mapping):
        return _check_url()  # which says so
    if (found := _check_texts()) is not None:  # which all the others read
        return [found]
    return [*_check_url(), *_check_values(), *_check_credentials()]


def check_user_model(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """W004 and W005."""
    user_model: Any = get_user_model()
    found: list[CheckMessage] = []
    if absent := sorted(_named_fields() - {field.name for field in user_model._meta.concrete_fields}):  # noqa: SLF001
        text = f"PROFILE names fields that {user_model.__name__} has not: {', '.join(absent)}."
        found.append(Warning(text, hint="Nothing is written for them.", id="authservice_connector.W004"))
    field = user_model._meta.get_field(user_model.USERNAME_FIELD)  # noqa: SLF001
    if field.max_length is not None and field.max_length < SHORTEST_NAME:
        text = f"{user_model.__name__}.{field.name} has no room for whom a local user is of."
        hint = f"Give it {SHORTEST_NAME} characters: a mirrored user goes by the auth service's id."
        found.append(Warning(text, hint=hint, id="authservice_connector.W005"))
    return found


def _check_texts() -> CheckMessage | None:
    try:
        _ = connector_settings.texts
    except TypeError as exc:
        return _does_not_read(exc)
    return None


def _check_url() -> list[CheckMessage]:
    hint = 'Write AUTHSERVICE = {"URL": "https://auth.example.com"}.'
    try:
        Transport(connector_settings.url)
    except ImproperlyConfigured as exc:
        return [Error(str(exc), hint=hint, id="authservice_connector.E001")]
    except ValueError as exc:
        return [Error(str(exc), hint=hint, id="authservice_connector.E002")]
    parts = urlsplit(connector_settings.url)
    if parts.scheme == "http" and not _is_near(parts.hostname or ""):
        text = "Tokens and secrets go to the auth service unencrypted."
        return [Warning(text, hint="Use https.", id="authservice_connector.W003")]
    return []


def _check_values() -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if unknown := sorted(connector_settings.unknown):
        text = f"AUTHSERVICE has names that nothing reads: {', '.join(unknown)}."
        found.append(Warning(text, hint="Compare them with the README.", id="authservice_connector.W002"))
    try:
        _ = connector_settings.on_deletion, connector_settings.mirrored_by
        _ = connector_settings.audience, connector_settings.profile
        _ = connector_settings.leeway_seconds, connector_settings.max_user_age_seconds
        _ = connector_settings.max_staleness_seconds
    except (TypeError, ValueError) as exc:
        found.append(_does_not_read(exc))
    except ImproperlyConfigured as exc:
        hint = "MAX_STALENESS is 2 to 60 seconds, LEEWAY 0 to 60, MAX_USER_AGE 0 to 60."
        found.append(Error(str(exc), hint=hint, id="authservice_connector.E004"))
    return found


def _check_credentials() -> list[CheckMessage]:
    if connector_settings.credentials is not None:
        return []
    if connector_settings.has_half_credentials:
        text = "AUTHSERVICE has one of CLIENT_ID and CLIENT_SECRET, which is as good as none."
        return [Error(text, hint="Give both, or neither.", id="authservice_connector.E005")]
    text = "Without CLIENT_ID and CLIENT_SECRET each token is asked of the auth service, and nobody is mirrored ahead."
    hint = "Make a service client there (`manage.py create_client`) and put its id and secret into AUTHSERVICE."
    return [Warning(text, hint=hint, id="authservice_connector.W001")]


def _named_fields() -> set[str]:
    """By the service; of the defaults, each user model has what it has."""
    try:
        profile = connector_settings.profile
    except (TypeError, ImproperlyConfigured):  # E003 or E001 says so
        return set()
    return set() if profile is PROFILE else set(profile)


def _does_not_read(exc: Exception) -> CheckMessage:
    return Error(f"AUTHSERVICE does not read: {exc}", id="authservice_connector.E003")


def _is_near(host: str) -> bool:
    """On this machine, or a name without a dot, as in a compose file or a cluster."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return "." not in host
