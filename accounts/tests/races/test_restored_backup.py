"""An older backup is restored under running processes: they find another log, and hear of what comes next in it."""

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from accounts.tests.races import losing, suspending
from accounts.tests.races.suspending import BOUND_SECONDS, Pair
from accounts.tests.support.postgresql import PostgreSQL
from accounts.tests.support.processes import Servers
from accounts.tests.support.trials import Distributions

pytestmark = [pytest.mark.processes, pytest.mark.slow]

Restore = Callable[[PostgreSQL, str, str], None]


def dump(cluster: PostgreSQL, database: str, file: str) -> None:
    cluster.run("pg_dump", "--format=custom", "-f", file, "-d", cluster.url(database))


def restore_in_place(cluster: PostgreSQL, database: str, file: str) -> None:
    """Every connection stays, and waits for the end of the one transaction."""
    options = ("--clean", "--if-exists", "--single-transaction")
    cluster.run("pg_restore", *options, "-d", cluster.url(database), file)


def replace(cluster: PostgreSQL, database: str, file: str) -> None:
    """Every connection is ended, and for a moment there is no database of that name."""
    cluster.create_database("restored")
    cluster.run("pg_restore", "--single-transaction", "-d", cluster.url("restored"), file)
    cluster.drop_database(database)
    cluster.execute(f'ALTER DATABASE "restored" RENAME TO "{database}"')


@pytest.mark.postgresql
@pytest.mark.timeout(120)
@pytest.mark.trials(short=1, long=20)
@pytest.mark.parametrize("restore", [restore_in_place, replace])
def test_after_a_restored_dump_the_next_suspensions_are_seen_within_the_bounds(
    postgresql: PostgreSQL, servers: Servers, restore: Restore, trials: int, distributions: Distributions
) -> None:
    pair, name = suspending.start_pair(servers), servers.database.name
    for _ in range(trials):
        losing.lose_notices(
            pair,
            servers.database,
            save=lambda: dump(postgresql, name, f"{name}.dump"),
            fall_back=lambda: restore(postgresql, name, f"{name}.dump"),
            distributions=distributions,
        )
    invalidate_all_tokens(pair, servers)


def copy(source: str | Path, target: str | Path) -> None:
    """SQLite's backup API: into a file that is in use, too."""
    with closing(sqlite3.connect(source)) as original, closing(sqlite3.connect(target)) as copied:
        original.backup(copied)


@pytest.mark.sqlite
@pytest.mark.timeout(120)
@pytest.mark.trials(short=1, long=20)
def test_after_a_restored_file_the_next_suspensions_are_seen_within_the_bounds(
    servers: Servers, tmp_path: Path, trials: int, distributions: Distributions
) -> None:
    pair, live, backup = suspending.start_pair(servers), servers.database.name, tmp_path / "backup.sqlite3"
    for _ in range(trials):
        losing.lose_notices(
            pair,
            servers.database,
            save=lambda: copy(live, backup),
            fall_back=lambda: copy(backup, live),
            distributions=distributions,
        )
    invalidate_all_tokens(pair, servers)


def invalidate_all_tokens(pair: Pair, servers: Servers) -> None:
    """What an operator is told to do; here with the processes running, so that neither knows of it from itself."""
    tokens = suspending.newcomer(pair)
    with suspending.watch_both(pair, tokens) as watched:
        suspending.wait_until_healthy(pair, tokens)
        servers.database.manage("invalidate_all_tokens")
        returned = time.monotonic()
        for each in watched:
            each.wait_until_refused(seconds=suspending.REFUSED_WITHIN_SECONDS)
        time.sleep(suspending.SETTLED_SECONDS)
    for each in watched:
        assert each.last_yes_after(returned) <= BOUND_SECONDS
        assert not each.others
