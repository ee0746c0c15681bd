"""Examines how this service stands to the auth service: what is as it should be, and what to do where it is not."""

from collections.abc import Iterator

from django.core.exceptions import ImproperlyConfigured

from authservice_connector.conf import connector_settings
from authservice_connector.current import connection
from authservice_connector.doctor import client, mirror, published
from authservice_connector.doctor.findings import Finding
from authservice_connector.errors import CannotTell

__all__ = ["Finding", "examine"]


def examine() -> Iterator[Finding]:
    """One after the other, each as soon as it is known; what rests upon something that fails is left out."""
    try:
        made = connection()
    except (ImproperlyConfigured, ValueError) as exc:
        yield Finding("settings", str(exc), fix="`manage.py check` says more")
        return
    try:
        yield from published.examine(made.transport)
        if made.token is None:
            yield client.without(connector_settings)
            return
        claims = yield from client.examine(made.transport, made.token)
        if claims is not None:
            yield from mirror.examine(made.transport, made.token, claims)
    except CannotTell as exc:
        yield Finding(
            "url", f"{connector_settings.url}: {exc.detail}", fix='is AUTHSERVICE["URL"] right, and does it run?'
        )
