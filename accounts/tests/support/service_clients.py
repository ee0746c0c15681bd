"""Service clients, and the tokens that they get for their secret."""

from rest_framework.test import APIClient

from accounts.models import ServiceClient
from accounts.principals import ClientPrincipal, Origin, System
from accounts.services.clients import client_credentials, clients
from accounts.services.clients.clients import NewSecret
from accounts.tests.support import factories


def make(*scopes: str, name: str = "orders", holds_personal_data: bool = False) -> NewSecret:
    """A client, and the secret that it signs in with."""
    return clients.create(
        name=name, scopes=scopes, holds_personal_data=holds_personal_data, actor=System("test"), origin=Origin()
    )


def principal(made: NewSecret) -> ClientPrincipal:
    """The client, with all of its scopes."""
    return client_credentials.authenticate(made.client.pk, made.secret).principal


def token_of(made: NewSecret, *, scope: str | None = None) -> str:
    """An access token with these scopes, or with all that the client has."""
    authenticated = client_credentials.authenticate(made.client.pk, made.secret)
    return client_credentials.issue(authenticated, scope=scope).access_token


def disable(client: ServiceClient) -> None:
    clients.change(client.pk, {"is_active": False}, actor=System("test"), origin=Origin())


def caller(*scopes: str) -> APIClient:
    """Acts for a client of its own that has these scopes."""
    return factories.bearer(token_of(make(*scopes)))
