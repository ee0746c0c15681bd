"""A standby that lagged is promoted: it gives the numbers of lost notices again, and every process hears of it."""

import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Final

import pytest
from django.db import connections
from pytest_django import DjangoDbBlocker

from accounts.tests.races import losing, suspending
from accounts.tests.support.databases import PostgreSQLDatabases
from accounts.tests.support.postgresql import PostgreSQL
from accounts.tests.support.processes import Servers
from accounts.tests.support.trials import Distributions

pytestmark = [pytest.mark.postgresql, pytest.mark.processes, pytest.mark.slow]

CATCHES_UP_SECONDS: Final = 10.0
IS_CUT_OFF: Final = "SELECT count(*) = 0 FROM pg_stat_wal_receiver"


class Succession:
    """Whoever is the primary has one port for ever. Its predecessors never come back: a failover fences them."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._numbers = count(1)
        self.primary = PostgreSQL(self._next_directory())
        self.primary.start()
        self.primary.execute("ALTER ROLE postgres SET synchronous_commit = on")
        self.standby = self.primary

    def _next_directory(self) -> Path:
        return self._directory / f"cluster_{next(self._numbers)}"

    def leave_a_standby_behind(self) -> None:
        """It has caught up, and then hears no more."""
        self.standby = self.primary.make_standby(self._next_directory())
        self.standby.start()
        ((position,),) = self.primary.execute("SELECT pg_current_wal_lsn()")
        self._wait_for(f"SELECT pg_last_wal_replay_lsn() >= '{position}'")
        self.standby.execute("ALTER SYSTEM SET primary_conninfo = ''")
        self.standby.execute("SELECT pg_reload_conf()")
        self._wait_for(IS_CUT_OFF)

    def fail_over(self) -> None:
        self.primary.stop()
        self.standby.stop()
        self.standby.port = self.primary.port
        self.standby.start()
        assert self.standby.execute("SELECT pg_promote()") == [(True,)]
        self.primary = self.standby

    def _wait_for(self, condition: str) -> None:
        deadline = time.monotonic() + CATCHES_UP_SECONDS
        while self.standby.execute(condition) != [(True,)]:
            assert time.monotonic() < deadline, condition
            time.sleep(0.02)

    def stop(self) -> None:
        self.standby.stop()
        self.primary.stop()


@pytest.fixture
def succession(session_directory: Path) -> Iterator[Succession]:
    directory = session_directory / "succession"
    directory.mkdir()
    clusters = Succession(directory)
    yield clusters
    clusters.stop()


@pytest.fixture
def mortal(
    succession: Succession, tmp_path: Path, django_db_blocker: DjangoDbBlocker, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Servers]:
    """Servers on whoever is the primary; so are the models of this process, within `mortal.database.orm()`."""
    monkeypatch.setitem(connections.settings["default"], "PORT", succession.primary.port)
    group = Servers(PostgreSQLDatabases(succession.primary, tmp_path / "databases").create(), tmp_path)
    with django_db_blocker.unblock():
        yield group
    group.stop()


@pytest.mark.timeout(120)
@pytest.mark.trials(short=1, long=20)
def test_after_a_failover_that_lost_notices_the_next_suspensions_are_seen_within_the_bounds(
    succession: Succession, mortal: Servers, trials: int, distributions: Distributions
) -> None:
    pair = suspending.start_pair(mortal)
    for _ in range(trials):
        losing.lose_notices(
            pair,
            mortal.database,
            save=succession.leave_a_standby_behind,
            fall_back=succession.fail_over,
            distributions=distributions,
        )
