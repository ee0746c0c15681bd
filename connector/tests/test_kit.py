"""The test kit holds what it promises, in a suite of a service's own."""

import subprocess
import sys
from pathlib import Path


def test_a_services_suite_runs_with_it() -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", "pyproject.toml"]
    ran = subprocess.run(
        [*command, "--confcutdir=tests/of_a_service", "tests/of_a_service"],
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
