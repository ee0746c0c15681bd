"""A test kit: tokens and revocations without a server. Tokens go through what verifies them in production.

In the conftest.py at the root of a service's tests, beside pytest-django:

    pytest_plugins = ["authservice_connector.testing"]
"""

from collections.abc import Collection, Iterator, Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final, Protocol

import pytest
from django.conf import settings
from django.test import Client, override_settings

from authservice_connector import asking, current, mirror
from authservice_connector.compact import take_apart
from authservice_connector.conf import connector_settings
from authservice_connector.current import Connection
from authservice_connector.follower import Follower
from authservice_connector.models import RemoteUser
from authservice_connector.testing.doors import OfflineTransport
from authservice_connector.testing.issuer import OfflineIssuer
from authservice_connector.testing.signing import SigningKey

__all__ = ["OfflineIssuer"]

URL: Final = {"URL": "http://authservice.invalid"}
CREDENTIALS: Final = {"CLIENT_ID": "svc_tests", "CLIENT_SECRET": "of tests"}
CALLER: Final = "svc_caller"


class MakeToken(Protocol):
    def __call__(
        self, user: Any = None, *, scope: str = "", groups: Collection[str] | None = None, **claims: Any
    ) -> str: ...


class Revoke(Protocol):
    def __call__(self, what: Any) -> None: ...


class FollowerWithoutThread(Follower):
    """What happened is heard of at the next request, not within a second."""

    def wake(self) -> None:
        self.poll()


@pytest.fixture(scope="session")
def _auth_key() -> SigningKey:
    return SigningKey()


@pytest.fixture(autouse=True)
def auth_issuer(_auth_key: SigningKey, monkeypatch: pytest.MonkeyPatch) -> Iterator[OfflineIssuer]:
    """The auth service of this test. It stands in for the real one in every test, so that none calls out."""
    issuer = OfflineIssuer(_auth_key)
    transport = OfflineTransport(issuer)

    def make() -> Connection:
        return current.over(transport, follower_type=FollowerWithoutThread, mirrors=False)

    monkeypatch.setattr(current, "_made", make)
    monkeypatch.setattr(asking, "REMEMBERED_SECONDS", 0.0)  # what happened is heard of at once here, too
    with override_settings(AUTHSERVICE=_filled(getattr(settings, "AUTHSERVICE", {}))):
        yield issuer
    current.reset()


@pytest.fixture
def auth_user(auth_issuer: OfflineIssuer, db: None) -> Any:
    """A person of the auth service, as the local user that `request.user` is."""
    remote = mirror.apply(connector_settings.issuer, auth_issuer.register(), settled=True)
    return remote.user


@pytest.fixture
def auth_token(auth_issuer: OfflineIssuer, auth_user: Any) -> MakeToken:
    """`auth_token(groups=["staff"])`: of `auth_user`, or of the user who is given.

    `auth_token(scope="orders:read")`: of a service, since no person's token has a scope.
    """

    def make(user: Any = None, *, scope: str = "", groups: Collection[str] | None = None, **claims: Any) -> str:
        if scope and (user is not None or groups is not None):
            raise ValueError("A scope is a service's, groups are a person's: there is no token with both.")
        if scope:
            return auth_issuer.service_token(CALLER, scope=scope, **claims)
        subject = _remote(auth_user if user is None else user).subject
        return auth_issuer.token(subject, groups=groups, **claims)

    return make


@pytest.fixture
def auth_client(auth_token: MakeToken) -> Any:
    """Calls as `auth_user`: an APIClient with a token; Django's own client where there is no REST framework."""
    authorization = f"Bearer {auth_token()}"
    if find_spec("rest_framework") is None:
        return Client(headers={"Authorization": authorization})
    client: Any = import_module("rest_framework.test").APIClient()
    client.credentials(HTTP_AUTHORIZATION=authorization)
    return client


@pytest.fixture
def revoke(auth_issuer: OfflineIssuer) -> Revoke:
    """`revoke(token)` ends the session behind a token, `revoke(user)` all of a user's. It is heard of as ever."""

    def end(what: Any) -> None:
        if isinstance(what, str):
            auth_issuer.end_session(take_apart(what).unverified_payload["sid"])
        else:
            auth_issuer.end_sessions_of(_remote(what).subject)

    return end


@pytest.fixture
def auth_sync(auth_issuer: OfflineIssuer, db: None) -> Any:
    """`auth_sync()` takes a turn of the mirror's: what happened at `auth_issuer` arrives, and signals are sent."""

    def sync() -> None:
        mirroring = current.connection().mirroring
        assert mirroring is not None, "AUTHSERVICE of the tests needs CLIENT_ID and CLIENT_SECRET"  # noqa: S101
        mirroring.turn()

    return sync


def _filled(given: Mapping[str, Any]) -> dict[str, Any]:
    """As it stands, so that what is wrong with it is wrong in tests too. What it does not name at all is made up: a
    service that has no credentials says so, as in `"CLIENT_ID": None`.
    """
    return URL | ({} if CREDENTIALS.keys() & given.keys() else CREDENTIALS) | {**given}


def _remote(user: Any) -> RemoteUser:
    remote: RemoteUser = user.remote
    return remote
