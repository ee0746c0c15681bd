"""Applies each mutant to a copy of the project and wants a red test: `make mutants`, or some by name: ARGS="grace"."""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

from accounts.tests.mutants.catalogue import MUTANTS  # noqa: E402 - the root has to be found first
from accounts.tests.mutants.mutant import CONNECTOR, Mutant  # noqa: E402

PARTS: Final = ("accounts", "authservice", "connector", "conftest.py", "manage.py", "pyproject.toml")
TIMEOUT_SECONDS: Final = 240
TESTS_FAILED: Final = 1  # pytest's exit code; any other means that the mutant broke the suite, not a rule


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", nargs="?", default="", help="only mutants whose name contains this")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many at once (as many as cores)")
    options = parser.parse_args()
    chosen = [mutant for mutant in MUTANTS if options.name in mutant.name]
    with tempfile.TemporaryDirectory(prefix="mutants-") as directory, ThreadPoolExecutor(options.jobs) as pool:
        projects = SimpleQueue[Path]()
        for job in range(options.jobs):
            projects.put(copy_project(Path(directory) / str(job)))
        noticed = list(pool.map(lambda mutant: is_noticed(mutant, projects), chosen))
        survivors = [mutant.name for mutant, is_red in zip(chosen, noticed, strict=True) if not is_red]
    print(f"{len(chosen) - len(survivors)} noticed, {len(survivors)} not noticed")  # noqa: T201
    return 1 if survivors or not chosen else 0


def copy_project(directory: Path) -> Path:
    directory.mkdir()
    for part in PARTS:
        source, target = ROOT / part, directory / part
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    return directory


def is_noticed(mutant: Mutant, projects: SimpleQueue[Path]) -> bool:
    """In whichever copy is free."""
    began, project = time.monotonic(), projects.get()
    try:
        verdict = try_out(mutant, project)
    finally:
        projects.put(project)
    print(f"{verdict:<28} {mutant.name} ({mutant.file}, {time.monotonic() - began:.0f} s)", flush=True)  # noqa: T201
    return verdict == "noticed"


def try_out(mutant: Mutant, project: Path) -> str:
    """`noticed`, or what went wrong. The copy is whole again afterwards."""
    file = project / mutant.file
    sound = file.read_text(encoding="utf-8")
    if sound.count(mutant.old) != 1:
        return f"ITS PLACE IS GONE ({sound.count(mutant.old)} found)"
    file.write_text(sound.replace(mutant.old, mutant.new), encoding="utf-8")
    try:
        code = run_tests(mutant, project)
    finally:
        file.write_text(sound, encoding="utf-8")
    return {TESTS_FAILED: "noticed", 0: "NOT NOTICED"}.get(code, f"BROKE THE SUITE ({code})")


def run_tests(mutant: Mutant, project: Path) -> int:
    """pytest's exit code."""
    command, home, environ = [sys.executable, "-B", "-m", "pytest", "-x", "-q"], project, dict(os.environ)
    if mutant.is_connectors:
        home = project / CONNECTOR
        command += [tests.removeprefix(CONNECTOR) for tests in mutant.tests.split()]
        environ |= {"TESTED_USER_MODEL": mutant.user_model} if mutant.user_model else {}
    else:
        command += ["--database", mutant.database, *mutant.tests.split()]
    quiet = subprocess.DEVNULL
    return subprocess.run(
        command, cwd=home, env=environ, stdout=quiet, stderr=quiet, timeout=TIMEOUT_SECONDS, check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
