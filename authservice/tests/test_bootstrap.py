"""`make` on machines that lack something: one sentence that says what to do, and nothing half made is kept."""

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from accounts.tests.support.environment import CHECKOUT
from tools import environment, packages
from tools.environment import BootstrapError

pytestmark = pytest.mark.sqlite  # no database is met: once is enough

OLD_PYTHON = "import sys; sys.version_info = (3, 8, 18, 'final', 0)"
NO_ENSUREPIP = "import sys; sys.modules['ensurepip'] = None"
RUN_BOOTSTRAP = "import runpy; sys.argv = ['', 'default']; runpy.run_module('tools.bootstrap', run_name='__main__')"
UNREACHABLE = {
    "PIP_CONFIG_FILE": os.devnull,
    "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
    "PIP_EXTRA_INDEX_URL": "",
    "PIP_FIND_LINKS": "",
    "PIP_NO_CACHE_DIR": "1",
    "PIP_RETRIES": "0",
}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A fresh clone, as far as `make` is concerned."""
    shutil.copytree(CHECKOUT / "tools", tmp_path / "tools", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("Makefile", "Pipfile", "Pipfile.lock"):
        shutil.copy(CHECKOUT / name, tmp_path)
    return tmp_path


@pytest.fixture
def bootstrap(checkout: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs it under the Python beneath the suite's own, after `before` has spoiled something."""

    def run(before: str = "import sys", **variables: str) -> subprocess.CompletedProcess[str]:
        command = [environment.base_python(), "-c", f"{before}; {RUN_BOOTSTRAP}"]
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
        return subprocess.run(
            command,
            cwd=checkout,
            env=inherited | {"GOAL": "run", "PYTHON": "python3"} | variables,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )

    return run


def _sentences(text: str) -> int:
    return len(text.strip().splitlines())


def test_old_python_is_named_with_the_way_out(bootstrap: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    done = bootstrap(OLD_PYTHON)
    assert done.returncode == 1
    assert done.stderr == (
        "Python 3.11 or newer is needed and `python3` is 3.8.18; name a newer one: make run PYTHON=python3.12\n"
    )


def test_the_first_file_holds_nothing_that_an_old_python_cannot_parse() -> None:
    newer = (ast.JoinedStr, ast.NamedExpr, ast.AnnAssign, ast.AsyncFunctionDef, ast.Match)
    for name in ("__init__.py", "bootstrap.py"):
        tree = ast.parse((CHECKOUT / "tools" / name).read_bytes())
        assert not [node for node in ast.walk(tree) if isinstance(node, newer)]
        tuples = [node for node in ast.walk(tree) if isinstance(node, ast.Tuple)]
        starred = [each for node in tuples for each in node.elts if isinstance(each, ast.Starred)]
        assert not starred


def test_missing_ensurepip_is_named_with_the_package_that_has_it(
    bootstrap: Callable[..., subprocess.CompletedProcess[str]], checkout: Path
) -> None:
    done = bootstrap(NO_ENSUREPIP)
    assert done.returncode == 1
    assert "apt-get install python3-venv" in done.stderr
    assert _sentences(done.stderr) == 1
    assert not (checkout / ".tools").exists()


def test_missing_network_is_named_with_the_log_of_what_pip_said(
    bootstrap: Callable[..., subprocess.CompletedProcess[str]], checkout: Path
) -> None:
    done = bootstrap(**UNREACHABLE)
    assert done.returncode == 1
    assert "could not be downloaded" in done.stderr
    assert "var/log/bootstrap.log" in done.stderr
    assert _sentences(done.stderr) == 1
    assert "No matching distribution" in (checkout / "var/log/bootstrap.log").read_text()


def test_missing_python_is_named(checkout: Path) -> None:
    command = ["make", "run", "PYTHON=no-such-python"]
    done = subprocess.run(command, cwd=checkout, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode
    assert done.stderr.startswith("There is no `no-such-python` here; install Python 3.11 or newer")


class Pipenv:
    """Stands in for the real one: makes the environment, or fails half-way."""

    def __init__(self, venv: Path) -> None:
        self.calls: list[Sequence[str]] = []
        self.fails = False
        self._venv = venv

    def __call__(self, arguments: Sequence[str]) -> None:
        self.calls.append(arguments)
        (self._venv / "bin").mkdir(parents=True, exist_ok=True)
        (self._venv / "bin" / "python").touch()
        if self.fails:
            raise BootstrapError("half made")


@pytest.fixture
def pipenv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pipenv:
    _move(tmp_path, monkeypatch)
    (tmp_path / "Pipfile.lock").write_text("{}")
    stand_in = Pipenv(tmp_path / ".venv")
    monkeypatch.setattr(environment, "pipenv", stand_in)
    monkeypatch.setattr(environment, "_make_tools", lambda: None)
    return stand_in


def _move(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "ROOT", root)
    monkeypatch.setattr(environment, "VENV", root / ".venv")
    monkeypatch.setattr(environment, "TOOLS_VENV", root / ".tools")
    monkeypatch.setattr(environment, "LOG", root / "var" / "log" / "bootstrap.log")


def test_environment_in_step_is_left_alone(pipenv: Pipenv) -> None:
    environment.prepare(dev=False)
    environment.prepare(dev=False)
    assert pipenv.calls == [["sync"]]


def test_development_packages_come_on_top_and_suffice_for_serving(pipenv: Pipenv) -> None:
    environment.prepare(dev=False)
    environment.prepare(dev=True)
    environment.prepare(dev=False)
    assert pipenv.calls == [["sync"], ["sync", "--dev"]]


def test_changed_lock_file_is_installed_into_the_same_environment(pipenv: Pipenv, tmp_path: Path) -> None:
    environment.prepare(dev=False)
    kept = tmp_path / ".venv" / "kept"
    kept.touch()
    (tmp_path / "Pipfile.lock").write_text('{"default": {}}')
    environment.prepare(dev=False)
    assert len(pipenv.calls) == 2
    assert kept.exists()


def test_half_made_environment_is_made_anew(pipenv: Pipenv, tmp_path: Path) -> None:
    pipenv.fails = True
    with pytest.raises(BootstrapError):
        environment.prepare(dev=False)
    rest = tmp_path / ".venv" / "half"
    rest.touch()
    pipenv.fails = False
    environment.prepare(dev=False)
    assert not rest.exists()


def test_moved_checkout_makes_its_environment_anew(
    pipenv: Pipenv, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment.prepare(dev=False)
    (tmp_path / ".venv" / "old").touch()
    monkeypatch.setattr(environment, "ROOT", tmp_path / "elsewhere")
    monkeypatch.setattr(environment, "_stamp", lambda _: "\n".join(["hash", *environment._identity()]))
    environment.prepare(dev=False)
    assert not (tmp_path / ".venv" / "old").exists()


def test_another_python_makes_its_environment_anew(
    pipenv: Pipenv, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment.prepare(dev=False)
    (tmp_path / ".venv" / "old").touch()
    monkeypatch.setattr(sys, "base_prefix", "/another/python")
    environment.prepare(dev=False)
    assert not (tmp_path / ".venv" / "old").exists()


def test_versions_are_chosen_with_the_oldest_python_only(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(packages, "LOCK_WITH", (3, 1))
    assert packages.main(["lock"]) == 1
    assert "PYTHON=python3.1" in capsys.readouterr().err


def test_failure_of_the_disk_is_one_sentence(
    pipenv: Pipenv, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "var").touch()
    assert packages.main(["default"]) == 1
    assert _sentences(capsys.readouterr().err) == 1
