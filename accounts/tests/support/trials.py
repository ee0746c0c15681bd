"""Trials: a test makes few rounds in `make test` and many in `make faults`, and the run ends with how long they took.

@pytest.mark.trials(short=10, long=200)
def test_a_suspension_is_seen_within_a_second(trials: int, distributions: Distributions) -> None:
    for _ in range(trials):
        …
        distributions["last yes"].append(seconds)
"""

from collections import defaultdict
from collections.abc import Iterator

import pytest

from accounts.tests.support import distribution

Distributions = defaultdict[str, list[float]]

_LINES = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "trials(short, long): makes so many rounds, the long count with --faults")
    config.stash[_LINES] = []


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With --faults the trials are all that runs, each with as much more time as it has more rounds."""
    if not config.getoption("--faults"):
        return
    chosen: list[pytest.Item] = []
    left: list[pytest.Item] = []
    for item in items:
        marker = item.get_closest_marker("trials")
        (chosen if marker or item.get_closest_marker("faults") else left).append(item)
        if marker:
            _prolong(item, marker.kwargs["long"] / marker.kwargs["short"])
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = chosen


def _prolong(item: pytest.Item, factor: float) -> None:
    marker = item.get_closest_marker("timeout")
    seconds = float(marker.args[0] if marker else item.config.getini("timeout"))
    item.add_marker(pytest.mark.timeout(seconds * factor), append=False)


@pytest.fixture
def trials(request: pytest.FixtureRequest) -> int:
    """How many rounds this run makes."""
    marker = request.node.get_closest_marker("trials")
    assert marker is not None, "Say how many: @pytest.mark.trials(short=10, long=200)"
    return int(marker.kwargs["long" if request.config.getoption("--faults") else "short"])


@pytest.fixture
def distributions(request: pytest.FixtureRequest) -> Iterator[Distributions]:
    """Seconds by what they measure. Each list is a line at the end of the run, also when the test fails."""
    seconds: Distributions = defaultdict(list)
    yield seconds
    lines = [f"{request.node.nodeid}: {what}: {distribution.describe(each)}" for what, each in seconds.items()]
    request.config.stash[_LINES] += lines


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if lines := config.stash[_LINES]:
        terminalreporter.section("distributions")
        for line in lines:
            terminalreporter.line(line)
