"""Trials are few in `make test` and many in `make faults`, and say how long each took."""

import subprocess
import sys
from pathlib import Path

import pytest

from accounts.tests.support.distribution import describe
from accounts.tests.support.environment import CHECKOUT

SUITE = """
import pytest

@pytest.mark.trials(short=2, long=6)
def test_trial(trials, distributions, request):
    distributions["last yes"] += [0.25] * trials
    timeout = request.node.get_closest_marker("timeout")
    assert trials == (2 if timeout is None else 6)

@pytest.mark.timeout(10)
@pytest.mark.trials(short=2, long=6)
def test_trial_with_a_time_of_its_own(trials, request):
    assert request.node.get_closest_marker("timeout").args[0] == {2: 10, 6: 30}[trials]

@pytest.mark.trials(short=1, long=2)
def test_failed_trial(distributions):
    distributions["last yes"].append(1.5)
    raise AssertionError

def test_unmarked_trial(trials): ...

@pytest.mark.faults
def test_fault(): ...
"""


def run(directory: Path, *arguments: str) -> list[str]:
    """What pytest said about SUITE, as lines."""
    file = directory / "test_suite.py"
    file.write_text(SUITE, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-c", "pyproject.toml", "-p", "no:cacheprovider", "-v", *arguments]
    done = subprocess.run([*command, str(file)], cwd=CHECKOUT, capture_output=True, text=True, check=False)
    return done.stdout.splitlines()


def outcomes(lines: list[str]) -> dict[str, str]:
    words = [line.partition("::")[2].split() for line in lines if "%]" in line]
    return {name: outcome for name, outcome, *_ in words}


def told(lines: list[str]) -> list[str]:
    """Of each distribution: the test, what was measured, and the number of trials."""
    return [line.partition("::")[2].partition(" trial")[0] for line in lines if "last yes: " in line]


def test_trials_are_few_unless_asked_for(tmp_path: Path) -> None:
    lines = run(tmp_path)
    assert outcomes(lines) == {
        "test_trial": "PASSED",
        "test_trial_with_a_time_of_its_own": "PASSED",
        "test_failed_trial": "FAILED",
        "test_unmarked_trial": "ERROR",
    }
    assert any("Say how many" in line for line in lines)
    assert told(lines) == ["test_trial: last yes: 2", "test_failed_trial: last yes: 1"]


def test_with_faults_trials_are_many_and_nothing_else_runs(tmp_path: Path) -> None:
    lines = run(tmp_path, "--faults")
    assert outcomes(lines) == {
        "test_trial": "PASSED",
        "test_trial_with_a_time_of_its_own": "PASSED",
        "test_failed_trial": "FAILED",
        "test_fault": "PASSED",
    }
    assert told(lines) == ["test_trial: last yes: 6", "test_failed_trial: last yes: 1"]


@pytest.mark.parametrize(
    ("seconds", "line"),
    [
        ([], "0 trials"),
        ([0.2504], "1 trial: min 250 ms, median 250 ms, p90 250 ms, p99 250 ms, max 250 ms"),
        ([1.5, -0.002, 0.04], "3 trials: min -2.0 ms, median 40 ms, p90 1.50 s, p99 1.50 s, max 1.50 s"),
        (
            [number / 1000 for number in range(200, 0, -1)],
            "200 trials: min 1.0 ms, median 100 ms, p90 180 ms, p99 198 ms, max 200 ms",
        ),
    ],
)
def test_a_distribution_is_one_line(seconds: list[float], line: str) -> None:
    assert describe(seconds) == line
