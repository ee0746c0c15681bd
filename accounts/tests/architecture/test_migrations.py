"""A migration keeps nobody out for longer than a change of the catalogue takes."""

from typing import Final

import pytest
from django.db.migrations import AddConstraint, AddIndex, CreateModel, Migration
from django.db.migrations.loader import MigrationLoader

RELEASED: Final = {"0002_notices_suspensions_deletions"}
"""Before this was thought of; what has run somewhere is not rewritten."""

MIGRATIONS: Final = {
    name: migration
    for (app, name), migration in MigrationLoader(None).disk_migrations.items()
    if app == "accounts" and name not in RELEASED
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(MIGRATIONS))
def test_what_scans_a_table_shares_no_transaction_with_what_locks_readers_out(name: str) -> None:
    """On PostgreSQL a new column takes ACCESS EXCLUSIVE until the commit; building an index needs SHARE alone."""
    scanning = [operation for operation in MIGRATIONS[name].operations if _scans(operation, MIGRATIONS[name])]
    assert scanning in ([], MIGRATIONS[name].operations)


def _scans(operation: object, migration: Migration) -> bool:
    new = {each.name_lower for each in migration.operations if isinstance(each, CreateModel)}
    return isinstance(operation, AddIndex | AddConstraint) and operation.model_name_lower not in new
