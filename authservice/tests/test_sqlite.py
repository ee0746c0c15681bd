"""What is erased from a SQLite database is gone from its file."""

import sqlite3
from pathlib import Path
from sqlite3 import dbapi2
from typing import Any

import pytest
from django.db.backends.sqlite3 import base
from pytest_django import DjangoDbBlocker

from authservice.settings import SQLITE_OPTIONS

TRACE = "wilhelmina.quistgaard@example.com"


@pytest.fixture
def _careless(monkeypatch: pytest.MonkeyPatch) -> None:
    """As SQLite is by its own default; some distributions compile it otherwise."""
    connect = sqlite3.connect

    def connect_carelessly(*args: Any, **kwargs: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*args, **kwargs)
        connection.execute("PRAGMA secure_delete = OFF")
        return connection

    monkeypatch.setattr(dbapi2, "connect", connect_carelessly)


@pytest.mark.usefixtures("_careless")
def test_what_is_erased_is_overwritten_by_the_next_checkpoint(
    tmp_path: Path, django_db_blocker: DjangoDbBlocker
) -> None:
    file = tmp_path / "one.sqlite3"
    settings = {"NAME": str(file), "OPTIONS": SQLITE_OPTIONS, "TIME_ZONE": None, "CONN_HEALTH_CHECKS": False}
    connection = base.DatabaseWrapper({**settings, "AUTOCOMMIT": True, "CONN_MAX_AGE": None}, alias="one")
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        assert cursor.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        cursor.execute("CREATE TABLE people (email TEXT)")
        cursor.execute("INSERT INTO people VALUES (%s)", [TRACE])
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        assert TRACE.encode() in file.read_bytes()
        cursor.execute("DELETE FROM people")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
    assert TRACE.encode() not in file.read_bytes()
