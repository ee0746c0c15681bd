"""What the long ones among these tests need."""

import faulthandler
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import DjangoDbBlocker

from accounts.tests.support.databases import Database, Databases, PostgreSQLDatabases
from accounts.tests.support.postgresql import PostgreSQL
from accounts.tests.support.processes import Servers


@pytest.fixture
def unhurried() -> None:
    """For tests that may outlast `faulthandler_timeout`: its look into threads that run can end the interpreter.

    Their own `timeout` marker bounds them.
    """
    faulthandler.cancel_dump_traceback_later()


@pytest.fixture
def own_database(databases: Databases, django_db_blocker: DjangoDbBlocker) -> Iterator[Database]:
    """Where the models of this process read and write meanwhile: migrated, empty, and the test's to tinker with."""
    database = databases.create()
    with django_db_blocker.unblock(), database.orm():
        yield database
    databases.drop(database)


@pytest.fixture(scope="module")
def cluster(session_directory: Path, request: pytest.FixtureRequest) -> Iterator[PostgreSQL]:
    """A PostgreSQL of one module's own, to let die or hang; unlike the suite's, it keeps what it has committed."""
    private = PostgreSQL(session_directory / f"mortal_postgresql_{request.path.stem}")
    private.start()
    private.execute("ALTER ROLE postgres SET synchronous_commit = on")
    yield private
    private.stop()


@pytest.fixture
def mortal(cluster: PostgreSQL, tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[Servers]:
    """Servers on that cluster."""
    cluster.start()
    databases = PostgreSQLDatabases(cluster, tmp_path / "databases")
    group = Servers(databases.create(), tmp_path)
    with django_db_blocker.unblock():
        yield group
    cluster.thaw()
    group.stop()
    cluster.start()
    databases.drop(group.database)
