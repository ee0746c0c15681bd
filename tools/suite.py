"""Runs every test, on SQLite and then on PostgreSQL, and the connector's: `python -m tools.suite [--coverage] [pytest's
own arguments]`.
"""

import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tools import connector

ROOT: Final = Path(__file__).resolve().parent.parent
DATABASES: Final = ("sqlite", "postgresql")
REPORTS: Final = ROOT / "var" / "tests"
COVERAGE_MINIMUM_PERCENT: Final = 95
NOTHING_COLLECTED: Final = 5  # pytest's exit code, met when -k chooses tests of one database


def main(arguments: Sequence[str]) -> int:
    own, rest = {"--coverage"} & set(arguments), [each for each in arguments if each != "--coverage"]
    REPORTS.mkdir(parents=True, exist_ok=True)
    if own:
        return _covered(rest)
    worst = _run(["-m", "pytest"], rest, os.environ)
    return worst if _names_files(rest) else max(worst, connector.main(rest))


def _names_files(arguments: Sequence[str]) -> bool:
    """Whether somebody asked for tests by their place, which is in this house and not in the connector's."""
    asked = [*arguments, *shlex.split(os.environ.get("PYTEST_ADDOPTS", ""))]
    return any((ROOT / each.partition("::")[0]).exists() for each in asked if not each.startswith("-"))


def _run(runner: Sequence[str], arguments: Sequence[str], environment: "os._Environ[str] | dict[str, str]") -> int:
    """Both databases whatever the first one says; the worse of the two exit codes."""
    worst = 0
    for database in DATABASES:
        print(f"== tests on {database}", flush=True)
        began = time.monotonic()
        report = f"--junit-xml={REPORTS / database}.xml"
        command = [sys.executable, *runner, "--database", database, report, *arguments]
        code = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
        print(f"== tests on {database}: exit code {code}, {time.monotonic() - began:.0f} s", flush=True)
        worst = max(worst, abs(0 if code == NOTHING_COLLECTED and arguments else code))
    return worst


def _covered(arguments: Sequence[str]) -> int:
    """The suite with every process that it starts under measurement."""
    directory = REPORTS / "coverage"
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir()
    environment = os.environ | {"COVERAGE_FILE": str(directory / "data")}
    worst = _run(["-m", "coverage", "run", "-m", "pytest"], arguments, environment)
    coverage = [sys.executable, "-m", "coverage"]
    subprocess.run([*coverage, "combine", "--quiet"], cwd=ROOT, env=environment, check=False)
    report = [*coverage, "report", f"--fail-under={COVERAGE_MINIMUM_PERCENT}"]
    return max(worst, subprocess.run(report, cwd=ROOT, env=environment, check=False).returncode)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
