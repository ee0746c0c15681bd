"""Runs the connector's tests over every kind of user model: `python -m tools.connector [--pythons] [pytest's own]`.

With `--pythons` on every Python here that has a Django of its own to offer, each in an environment under var/.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
CONNECTOR: Final = ROOT / "connector"
ENVIRONMENTS: Final = ROOT / "var" / "connector"
USER_MODELS: Final = ("auth.User", "people.EmailUser")
TRIED: Final = (("python3.13", "5.2"), ("python3.12", "6.0"), ("python3.13", "6.1"), ("python3.14", "6.1"))
"""Beside this checkout's own: the oldest Django on a newer Python, and the newer ones."""

NEEDED: Final = ("djangorestframework", "pytest", "pytest-django", "pytest-timeout", "urllib3", "pyjwt[crypto]")
NOTHING_COLLECTED: Final = 5


def main(arguments: Sequence[str]) -> int:
    rest = [each for each in arguments if each != "--pythons"]
    worst = test(sys.executable, rest)
    for name, django in TRIED if "--pythons" in arguments else ():
        if found := _found(name):
            worst = max(worst, test(_prepared(found, name, django), rest))
        else:
            print(f"== no {name} here: Django {django} is not tried with it", flush=True)
    return worst


def test(python: str, arguments: Sequence[str]) -> int:
    """The worst exit code over the user models."""
    codes = [_test(python, model, arguments) for model in USER_MODELS]
    return max(0 if code == NOTHING_COLLECTED and arguments else code for code in codes)


def _test(python: str, user_model: str, arguments: Sequence[str]) -> int:
    print(f"== tests of the connector: {python} with {user_model}", flush=True)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "PYTEST_"))}
    return abs(
        subprocess.run(
            [python, "-m", "pytest", "-q", *arguments],
            cwd=CONNECTOR,
            env=kept | {"TESTED_USER_MODEL": user_model},
            check=False,
        ).returncode
    )


def _found(name: str) -> str | None:
    """On the path, or among pyenv's. A shim that stands for no version says so by failing."""
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    candidates = [shutil.which(name), *map(str, sorted(versions.glob(f"*/bin/{name}")))]
    return next((each for each in candidates if each and _runs(each)), None)


def _runs(python: str) -> bool:
    return subprocess.run([python, "-c", ""], capture_output=True, check=False).returncode == 0


def _prepared(python: str, name: str, django: str) -> str:
    directory = ENVIRONMENTS / f"{name}-django{django}"
    made = directory / "bin" / "python"
    if not made.exists():
        subprocess.run([python, "-m", "venv", str(directory)], check=True)
    packages = [*NEEDED, f"django~={django}.0"]
    subprocess.run([str(made), "-m", "pip", "install", "--quiet", "--upgrade", *packages], check=True)
    return str(made)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
