"""What the suite adds to pytest: the database of the run, the environment, and markers that choose tests.

Loaded by `-p` before Django's settings are read; a conftest.py would come too late.
"""

import time
from collections.abc import Generator

import pytest

from accounts.tests.support import children, environment

DATABASES = ("sqlite", "postgresql")
MARKERS = (
    "sqlite: runs only against SQLite",
    "postgresql: runs only against PostgreSQL",
    "processes: starts real server processes",
    "slow: takes more than some seconds",
    "real_hasher: passwords are hashed as in production",
)
ON_DEMAND = {
    "browser": "drives a real browser",
    "clients": "installs and runs other people's clients",
    "faults": "breaks something that others lean on, at length",
    "gateways": "installs and runs real gateways",
    "fuzzing": "sends made-up requests to every operation",
}
"""Markers whose tests run only when their option is given: `--browser`. For what else `--faults` does, see `trials`."""

pytest_plugins = ["accounts.tests.support.trials"]

_BEGAN = pytest.StashKey[float]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database",
        choices=DATABASES,
        default="sqlite",
        help="the database that the tests run against (default: sqlite)",
    )
    for name, what in ON_DEMAND.items():
        parser.addoption(f"--{name}", action="store_true", help=f"run also the tests marked `{name}`: each {what}")


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    environment.prepare(early_config.known_args_namespace.database)


def pytest_configure(config: pytest.Config) -> None:
    for marker in (*MARKERS, *(f"{name}: {what}; runs only with --{name}" for name, what in ON_DEMAND.items())):
        config.addinivalue_line("markers", marker)


def pytest_report_header(config: pytest.Config) -> str:
    return f"database: {config.getoption('--database')}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect, not skip, what belongs to another database or was not asked for: a skip is something to explain."""
    others = [name for name in DATABASES if name != config.getoption("--database")]
    others += [name for name in ON_DEMAND if not config.getoption(f"--{name}")]
    chosen: list[pytest.Item] = []
    left: list[pytest.Item] = []
    for item in items:
        (left if any(item.get_closest_marker(name) for name in others) else chosen).append(item)
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = chosen


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    item.stash[_BEGAN] = time.time()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failure comes with what the servers logged meanwhile."""
    report = yield
    if report.failed:
        for name, text in children.logs_since(item.stash[_BEGAN]).items():
            report.sections.append((f"log of {name}", text))
    return report


def pytest_unconfigure() -> None:
    children.stop_all()
    environment.remove_session_directory()
