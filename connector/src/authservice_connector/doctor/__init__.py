"""Examines how this service stands to the auth service: what is as it should be, and what to do where it is not."""

from collections.abc import Iterator

from django.core.checks import ERROR

from authservice_connector.checks import check_settings
from authservice_connector.conf import connector_settings
from authservice_connector.current import connection
from authservice_connector.doctor import client, mirror, published
from authservice_connector.doctor.findings import Finding
from authservice_connector.errors import CannotTell

__all__ = ["Finding", "examine"]


def examine() -> Iterator[Finding]:
    """One after the other, each as soon as it is known; what rests upon something that fails is left out."""
    yield from (found := list(_settings()))
    if found:
        return
    made = connection()
    try:
        yield from published.examine(made.transport)
        if made.token is None:
            yield client.without(connector_settings)
            return
        claims = yield from client.examine(made.transport, made.token)
        if claims is not None:
            yield from mirror.examine(made.transport, made.token, claims)
    except CannotTell as exc:
        yield Finding("url", f"{connector_settings.url}: {exc}", fix='is AUTHSERVICE["URL"] right, and does it run?')


def _settings() -> Iterator[Finding]:
    """What nothing could run with; half of the credentials is as good as none, of which `client` tells."""
    for message in check_settings(None):
        if message.level >= ERROR and message.id != "authservice_connector.E005":
            yield Finding("settings", message.msg, fix=message.hint or "`manage.py check` says more")
