"""Everything that reads the code without running its tests: `python -m tools.lint`; each step says how it went."""

import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
CONNECTOR: Final = ROOT / "connector"
HOUSES: Final = ("authservice", "accounts", "bench", "deploy", "tools")
API_DOCUMENTS: Final = ("docs/openapi.yaml", "docs/schema.graphql")
KEPT: Final = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TERM", "CI", "FORCE_COLOR", "NO_COLOR")
# Where a Python of the platform's keeps its libraries, should it need to be told.
KEPT_FOR_LINKING: Final = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")


@dataclass(frozen=True)
class Step:
    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    directory: Path = ROOT


def steps(directory: str) -> list[Step]:
    """What is run; `directory` is for whatever the steps write."""
    python, lint_imports = sys.executable, str(Path(sys.executable).with_name("lint-imports"))
    return [
        Step("style", (python, "-m", "ruff", "check", ".")),
        Step("format", (python, "-m", "ruff", "format", "--check", ".")),
        Step("types", (python, "-m", "mypy", "manage.py", "conftest.py", *HOUSES)),
        Step("floors", (lint_imports,)),
        Step("lock file", (python, "-m", "tools.pipfiles")),
        Step("migrations", (python, "manage.py", "makemigrations", "--check", "--dry-run")),
        Step(
            "settings in production",
            (python, "manage.py", "check", "--deploy", "--fail-level", "WARNING"),
            production(),
        ),
        Step("types of the connector", (python, "-m", "mypy", "src", "tests"), directory=CONNECTOR),
        Step("floors of the connector", (lint_imports,), {"PYTHONPATH": "src"}, CONNECTOR),
        Step(
            "migrations of the connector",
            (python, "-m", "django", "makemigrations", "--check", "--dry-run", "authservice_connector"),
            {"PYTHONPATH": "src:.", "DJANGO_SETTINGS_MODULE": "tests.settings"},
            CONNECTOR,
        ),
        *(Step(document, (python, "-m", "tools.api_document", document, directory)) for document in API_DOCUMENTS),
    ]


def production() -> dict[str, str]:
    """The environment of a deployment; the database is named, not asked."""
    return {
        "DATABASE_URL": "postgresql://authservice@localhost/authservice",
        "SECRET_KEY": secrets.token_urlsafe(64),
        "ALLOWED_HOSTS": "auth.example.com",
        "AUTH_ISSUER": "https://auth.example.com",
    }


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="authservice-lint-") as directory:
        # Without the caller's settings: what is checked is the project.
        base = {name: os.environ[name] for name in (*KEPT, *KEPT_FOR_LINKING) if name in os.environ}
        base["AUTHSERVICE_VAR"] = directory
        failed = [step.name for step in steps(directory) if not _passes(step, base)]
    print(f"failed: {', '.join(failed)}" if failed else "all passed")
    return 1 if failed else 0


def _passes(step: Step, base: Mapping[str, str]) -> bool:
    """Run one step; what it said is shown only when it failed."""
    began = time.monotonic()
    done = subprocess.run(
        step.command,
        cwd=step.directory,
        env={**base, **step.environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        print(done.stdout)
    print(f"{'FAILED' if done.returncode else 'ok':6} {step.name} ({time.monotonic() - began:.1f} s)", flush=True)
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
