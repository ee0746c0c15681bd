"""Migrated databases that belong to one test: copies of a template that is made once in a run."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Protocol

from django.db import connections

from accounts.tests.support import memory
from accounts.tests.support.environment import CHECKOUT
from accounts.tests.support.postgresql import PostgreSQL

_MANAGE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Database:
    """A migrated database, as server processes and as this process reach it."""

    name: str
    """What Django calls NAME: a database of the cluster, or the path of a file."""
    env: Mapping[str, str]

    @contextmanager
    def orm(self) -> Iterator[None]:
        """Meanwhile the models of this process read and write here, in every thread that connects anew.

        The `servers` fixture opens the way to databases; a test without it needs `django_db_blocker.unblock()`.
        """
        settings = connections.settings["default"]
        usual = settings["NAME"]
        connections.close_all()
        settings["NAME"] = self.name
        memory.forget()
        try:
            yield
        finally:
            connections.close_all()
            settings["NAME"] = usual
            memory.forget()

    def manage(self, *arguments: str, stdin: str = "", env: Mapping[str, str] | None = None) -> str:
        """What `manage.py` printed; RuntimeError with its words when it fails."""
        command = [sys.executable, str(CHECKOUT / "manage.py"), *arguments]
        result = subprocess.run(
            command,
            input=stdin,
            capture_output=True,
            text=True,
            cwd=CHECKOUT,
            env=os.environ | dict(self.env) | dict(env or {}),
            timeout=_MANAGE_SECONDS,
            check=False,
        )
        if result.returncode:
            raise RuntimeError(f"manage.py {' '.join(arguments)} ended with {result.returncode}:\n{result.stderr}")
        return result.stdout


class Databases(Protocol):
    """Makes databases of one kind."""

    def create(self) -> Database: ...

    def drop(self, database: Database) -> None: ...


class PostgreSQLDatabases:
    """Databases of the suite's cluster."""

    _TEMPLATE = "migrated"

    def __init__(self, cluster: PostgreSQL, directory: Path) -> None:
        self._cluster = cluster
        self._directory = directory
        self._numbers = count(1)
        self._has_template = False

    def create(self) -> Database:
        if not self._has_template:
            self._make_template()
        database = self._database(f"servers_{next(self._numbers)}")
        self._cluster.create_database(database.name, template=self._TEMPLATE)
        return database

    def _make_template(self) -> None:
        self._cluster.start()
        self._cluster.drop_database(self._TEMPLATE)
        self._cluster.create_database(self._TEMPLATE)
        self._database(self._TEMPLATE).manage("migrate", "--verbosity=0")
        self._has_template = True

    def _database(self, name: str) -> Database:
        var = str(self._directory / name)
        return Database(name, {"DATABASE_URL": self._cluster.url(name), "AUTHSERVICE_VAR": var})

    def drop(self, database: Database) -> None:
        self._cluster.drop_database(database.name)


class SQLiteDatabases:
    """Embedded mode: each database is a file in a `var` directory of its own."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._template = directory / "migrated"
        self._numbers = count(1)
        self._has_template = False

    def create(self) -> Database:
        if not self._has_template:
            self._make_template()
        var = self._directory / f"servers_{next(self._numbers)}"
        shutil.copytree(self._template, var)
        return self._database(var)

    def _make_template(self) -> None:
        shutil.rmtree(self._template, ignore_errors=True)
        self._template.mkdir(parents=True)
        self._database(self._template).manage("migrate", "--verbosity=0")
        self._has_template = True

    def _database(self, var: Path) -> Database:
        return Database(str(var / "authservice.sqlite3"), {"AUTHSERVICE_VAR": str(var)})

    def drop(self, database: Database) -> None:
        shutil.rmtree(Path(database.name).parent)
