"""An issuer that runs, a service client of it, and the libraries in programs of their own."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pytest_django import DjangoDbBlocker

from accounts.principals import Origin, System
from accounts.services.clients import clients
from accounts.tests.contract import installing
from accounts.tests.contract.installing import Python
from accounts.tests.contract.oauth.libraries import INSTALLED, SCRIPTS, Installed, Library
from accounts.tests.races import people
from accounts.tests.support.databases import Database, Databases
from accounts.tests.support.factories import Tokens
from accounts.tests.support.processes import Server, Servers
from accounts.tokens import issuing

QUIETLY = {"AUTH_LOGIN_LIMITS": "account=9000/1d,address=9000/1d", "LOG_LEVEL": "WARNING"}


@dataclass(frozen=True, slots=True)
class Client:
    """A service client's id and secret."""

    id: str
    secret: str


class Shelf:
    """Libraries by name, each started when it is first taken, for as long as the tests of a kind run."""

    def __init__(self, installed: Installed, issuer: str, client: Client, directory: Path, *, tolerance: int) -> None:
        self._installed, self._directory = installed, directory
        self._settings = {
            "issuer": issuer,
            "audience": "fleet",
            "tolerance": tolerance,
            "client": {"id": client.id, "secret": client.secret},
        }
        self._taken: dict[str, Library] = {}

    def take(self, name: str) -> Library:
        if name not in self._taken:
            log = self._directory / f"{name}.log"
            self._taken[name] = Library(name, installed=self._installed, settings=self._settings, log=log)
        return self._taken[name]

    def clear(self) -> None:
        for library in self._taken.values():
            library.stop()


@pytest.fixture(scope="session")
def installed(python_clients: Python) -> Installed:
    return Installed(installing.node(python_clients, SCRIPTS, INSTALLED), installing.python(SCRIPTS, INSTALLED))


@pytest.fixture(scope="package")
def fleet(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker
) -> Iterator[Servers]:
    """What the tests of this package share: starting it takes longer than any of them."""
    group = Servers(databases.create(), tmp_path_factory.mktemp("fleet"))
    with django_db_blocker.unblock():
        yield group
    group.stop()
    databases.drop(group.database)


@pytest.fixture(scope="package")
def issuer(fleet: Servers) -> Server:
    """It puts into tokens whatever can be asked for, as far as there is something to say."""
    (server,) = fleet.start(env=QUIETLY | {"AUTH_ACCESS_CLAIMS": ",".join(issuing.claimable())}, is_issuer=True)
    return server


@pytest.fixture(scope="package")
def client(fleet: Servers) -> Client:
    """It may introspect, and do two other things."""
    return make_client(fleet.database, scopes=["tokens:introspect", "users:read", "orders:ship"])


@pytest.fixture(scope="package")
def shelf(
    installed: Installed, issuer: Server, client: Client, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Shelf]:
    made = Shelf(installed, issuer.url, client, tmp_path_factory.mktemp("libraries"), tolerance=0)
    yield made
    made.clear()


@pytest.fixture(scope="package")
def email(issuer: Server) -> str:
    return people.register(issuer)


@pytest.fixture
def tokens(issuer: Server, email: str) -> Tokens:
    """A person's."""
    return people.sign_in(issuer, email)


def make_client(database: Database, *, scopes: list[str]) -> Client:
    with database.orm():
        made = clients.create(name="orders", scopes=scopes, actor=System("test"), origin=Origin())
        return Client(made.client.pk, made.secret)
