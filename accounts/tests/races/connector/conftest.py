"""An auth service of two processes, and databases and processes of the order service beside it."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest
from pytest_django import DjangoDbBlocker

from accounts.tests.races import suspending
from accounts.tests.races.connector import shops as shop_processes
from accounts.tests.races.connector.shops import Credentials
from accounts.tests.races.suspending import Pair
from accounts.tests.support import service_clients
from accounts.tests.support.postgresql import PostgreSQL
from accounts.tests.support.processes import Server, Servers

_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Fleet:
    """`auth.here` is told of changes; `auth.there` is where the order service asks."""

    auth: Pair
    shops: Servers
    credentials: Credentials


@dataclass(frozen=True, slots=True)
class Lone:
    """One auth server, which faults are made of; changes are made behind its back."""

    auth: Server
    shops: Servers
    credentials: Credentials


@pytest.fixture(scope="session")
def order_databases(postgresql: PostgreSQL, session_directory: Path) -> PostgreSQL:
    """The suite's cluster, with a template of the order service's."""
    shop_processes.make_template(postgresql, session_directory / "orders")
    return postgresql


@pytest.fixture
def shops(order_databases: PostgreSQL, tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[Servers]:
    """Processes of the order service: `shop_processes.start(shops, credentials, 2)`."""
    directory = tmp_path / "orders"
    directory.mkdir()
    database = shop_processes.create_database(order_databases, f"orders_{next(_numbers)}", directory)
    group = Servers(database, directory)
    yield group
    group.stop()
    order_databases.drop_database(database.name)


@pytest.fixture
def fleet(servers: Servers, shops: Servers) -> Fleet:
    pair = suspending.start_pair(servers)
    return Fleet(pair, shops, credentials(servers, pair.there.url))


@pytest.fixture
def lone(servers: Servers, shops: Servers) -> Lone:
    (auth,) = servers.start(env=suspending.LIMITS)
    return Lone(auth, shops, credentials(servers, auth.url))


def credentials(servers: Servers, url: str) -> Credentials:
    with servers.database.orm():
        made = service_clients.make(*shop_processes.SCOPES, holds_personal_data=True)
    return Credentials(url, made.client.pk, made.secret)
