"""Fixtures of the whole suite: the database of the run, real servers, and a clean start for every test."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from pytest_django import DjangoDbBlocker, Settings

from accounts.tests.support import environment, memory
from accounts.tests.support.databases import Databases, PostgreSQLDatabases, SQLiteDatabases
from accounts.tests.support.postgresql import PostgreSQL
from accounts.tests.support.processes import Servers
from accounts.tests.support.valkey import Valkey

CHEAP_HASHER = "django.contrib.auth.hashers.MD5PasswordHasher"


@pytest.fixture(scope="session")
def session_directory() -> Path:
    """Everything that the run writes is here; removed at its end."""
    return environment.session_directory()


@pytest.fixture(scope="session")
def database_kind(pytestconfig: pytest.Config) -> str:
    """`sqlite` or `postgresql`."""
    return str(pytestconfig.getoption("--database"))


@pytest.fixture(scope="session")
def django_db_modify_db_settings(request: pytest.FixtureRequest, database_kind: str, session_directory: Path) -> None:
    """pytest-django's place to prepare the database before it makes the test database."""
    settings: dict[str, Any] = connections.settings["default"]
    if database_kind == "postgresql":
        request.getfixturevalue("postgresql")
        # A test's own transaction is open for as long as the test; production's limit would end it after 2 s.
        options = settings["OPTIONS"].get("options", "")
        settings["OPTIONS"]["options"] = f"{options} -c idle_in_transaction_session_timeout=60000"
    else:
        settings["TEST"]["NAME"] = str(session_directory / "test.sqlite3")  # a file, so that threads can share it


@pytest.fixture(scope="session")
def postgresql() -> PostgreSQL:
    """The suite's cluster, running."""
    cluster = environment.postgresql()
    cluster.start()
    return cluster


@pytest.fixture(scope="session")
def shared_valkey(session_directory: Path) -> Valkey:
    server = Valkey(session_directory / "valkey")
    server.start()
    return server


@pytest.fixture
def valkey(shared_valkey: Valkey) -> Valkey:
    """The suite's Redis-compatible server, empty; leave it running."""
    shared_valkey.empty()
    return shared_valkey


@pytest.fixture
def private_valkey(tmp_path: Path) -> Iterator[Valkey]:
    """A Redis-compatible server of this test's own, to stop, freeze, empty or make read-only."""
    server = Valkey(tmp_path / "valkey")
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def databases(database_kind: str, session_directory: Path) -> Databases:
    """Makes migrated databases for server processes, of the kind that the run is about."""
    directory = session_directory / "databases"
    if database_kind == "postgresql":
        return PostgreSQLDatabases(environment.postgresql(), directory)
    return SQLiteDatabases(directory)


@pytest.fixture
def servers(databases: Databases, tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[Servers]:
    """Real server processes on a fresh database: `one, two = servers.start(2)`."""
    database = databases.create()
    group = Servers(database, tmp_path)
    with django_db_blocker.unblock():
        yield group
    group.stop()
    databases.drop(database)


@pytest.fixture(autouse=True)
def _forgetful() -> Iterator[None]:
    """Each test starts with an empty memory, as a new process does, and leaves no connection behind."""
    memory.forget()
    yield
    memory.forget()


@pytest.fixture(autouse=True)
def _cheap_hasher(request: pytest.FixtureRequest, settings: Settings) -> None:
    """The cheapest hasher, but for tests marked `real_hasher`; other hashes are still understood."""
    if request.node.get_closest_marker("real_hasher") is None:
        settings.PASSWORD_HASHERS = [CHEAP_HASHER, *settings.PASSWORD_HASHERS]
