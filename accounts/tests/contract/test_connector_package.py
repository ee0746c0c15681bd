"""The connector as others get it: a wheel and an sdist that install into an empty environment, and work there."""

import shutil
import sys
from pathlib import Path
from typing import Final
from zipfile import ZipFile

import pytest

from accounts.tests.contract import installing
from accounts.tests.contract.installing import INSTALL_SECONDS
from accounts.tests.contract.programs import run
from accounts.tests.support.environment import CHECKOUT

pytestmark = [pytest.mark.clients, pytest.mark.slow, pytest.mark.timeout(1200)]

SCRIPTS: Final = Path(__file__).with_name("packaging")
INSTALLED: Final = CHECKOUT / "var" / "packaging"
SOURCES: Final = CHECKOUT / "connector" / "src" / "authservice_connector"
FOR_DRF: Final = "authservice_connector.rest_framework"
FOR_TESTS: Final = "authservice_connector.testing"


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel is made of the sdist, which so is shown to be whole."""
    tools, directory = installing.python(SCRIPTS, INSTALLED), tmp_path_factory.mktemp("package")
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info", "build")
    sources = shutil.copytree(CHECKOUT / "connector", directory / "connector", ignore=ignored)
    made = directory / "dist"
    run(tools.python, "-m", "build", "--outdir", made, sources, cwd=directory, seconds=INSTALL_SECONDS)
    return made


def only(directory: Path, pattern: str) -> Path:
    (found,) = directory.glob(pattern)
    return found


def environment(directory: Path, package: str) -> Path:
    """Its Python."""
    run(sys.executable, "-m", "venv", directory, cwd=CHECKOUT, seconds=INSTALL_SECONDS)
    python = directory / "bin" / "python"
    run(python, "-m", "pip", "install", "--quiet", package, cwd=directory, seconds=INSTALL_SECONDS)
    return python


def imported(python: Path, *wanting: str) -> int:
    return int(run(python, SCRIPTS / "importing.py", *wanting, cwd=python.parent, seconds=60))


def test_the_wheel_and_the_sdist_are_as_an_index_wants_them(dist: Path) -> None:
    tools = installing.python(SCRIPTS, INSTALLED)
    run(tools.python, "-m", "twine", "check", "--strict", *dist.iterdir(), cwd=dist, seconds=60)


def test_the_wheel_holds_every_module_and_no_test(dist: Path) -> None:
    with ZipFile(only(dist, "*.whl")) as wheel:
        packed = {name for name in wheel.namelist() if ".dist-info/" not in name}
    ours = {f"authservice_connector/{each.relative_to(SOURCES)}" for each in SOURCES.rglob("*.py")}
    assert packed == ours | {"authservice_connector/py.typed"}


def test_the_wheel_works_in_an_empty_environment_without_drf(dist: Path, tmp_path: Path) -> None:
    python = environment(tmp_path / "bare", str(only(dist, "*.whl")))
    assert imported(python, FOR_DRF, FOR_TESTS) > 20


def test_the_sdist_works_in_an_empty_environment_with_drf(dist: Path, tmp_path: Path) -> None:
    python = environment(tmp_path / "drf", f"{only(dist, '*.tar.gz')}[drf]")
    assert imported(python, FOR_TESTS) > 20
