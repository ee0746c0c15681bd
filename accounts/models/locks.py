"""Locks by name, for the few things that must be done once whatever the number of processes."""

from enum import IntEnum

from django.db import connection


class Lock(IntEnum):
    """Numbers for PostgreSQL's advisory locks: never reused."""

    MIGRATIONS = 7_310_000  # held by authservice.serving.preparing, which runs before there are models
    KEYS = 7_310_001  # whoever makes, promotes or withdraws signing keys
    NOTICES = 7_310_002  # held by the trigger that numbers notices, from there to the end of the commit
    AUDIT = 7_310_003  # whoever seals audit events, or drops the oldest


def hold(lock: Lock) -> None:
    """Until the transaction ends. On SQLite the transaction itself is the lock: immediate, so the writer is alone."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [lock])


def hold_if_free(lock: Lock) -> bool:
    """As `hold`, without waiting: False where somebody else is at it."""
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [lock])
        return bool(cursor.fetchone()[0])
