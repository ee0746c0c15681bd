"""Locks rows of the mirror's until the transaction ends, on databases that have no such locks too."""

from typing import TypeVar

from django.db import connections
from django.db.models import F, QuerySet

from authservice_connector.models import MirrorPosition, RemoteUser

__all__ = ["locked"]

Row = TypeVar("Row", MirrorPosition, RemoteUser)


def locked(rows: "QuerySet[Row]", *, skip_locked: bool = False) -> "QuerySet[Row]":
    """The first thing that a transaction does. `skip_locked`: without those that somebody else has, where that can be.

    SQLite locks nothing for who reads, and refuses whoever read first and writes then ("database is locked") if
    anybody wrote meanwhile. Who begins with a write, even of nothing, waits their turn.
    """
    rows = rows.select_for_update()
    features = connections[rows.db].features
    if not features.has_select_for_update:
        rows.update(issuer=F("issuer"))
    elif skip_locked and features.has_select_for_update_skip_locked:
        return rows.select_for_update(skip_locked=True)
    return rows
