"""Every fenced command block of the README is run, in its order, as somebody would type it."""

from pathlib import Path
from typing import Final

import pytest

from accounts.tests.support import ports
from authservice.tests import typed
from authservice.tests.typed import ROOT

BLOCKS: Final = typed.command_blocks("README.md")
SMALL_SELECTION: Final = "accounts/tests/test_identifiers.py"  # the whole suite would run itself


@pytest.fixture
def port() -> int:
    return ports.free_port()


@pytest.fixture
def environment(port: int, tmp_path: Path) -> dict[str, str]:
    pipenv = {"PIPENV_VENV_IN_PROJECT": "1", "PIPENV_IGNORE_VIRTUALENVS": "1"}
    return typed.environment(port, tmp_path / "var") | pipenv | {"PYTEST_ADDOPTS": SMALL_SELECTION}


@pytest.mark.sqlite
@pytest.mark.processes
def test_the_service_of_the_first_command_answers_the_readmes_calls(
    port: int, environment: dict[str, str], tmp_path: Path
) -> None:
    start, *others = BLOCKS
    assert start == "make run\n"
    with typed.serving("exec " + start, environment, tmp_path / "log"):
        output = typed.run(typed.calls(others, str(port)), environment)
    assert output.count('"active":true') == 2  # verified, introspected
    assert output.count('"username":"ada@example.com"') == 1
    assert output.count('"email":"ada@example.com"') == 3  # registered, verified, fetched


@pytest.mark.sqlite
@pytest.mark.processes
def test_the_second_command_runs_the_suite_on_both_databases(environment: dict[str, str]) -> None:
    (block,) = [block for block in BLOCKS if block == "make test\n"]
    assert typed.run(block, environment).count(" passed") == 2


@pytest.mark.sqlite
@pytest.mark.processes
def test_the_classic_way_works(port: int, environment: dict[str, str], tmp_path: Path) -> None:
    (block,) = [block for block in BLOCKS if "pipenv" in block]
    *preparation, serve = block.strip().splitlines()
    before = (ROOT / "Pipfile").read_bytes(), (ROOT / "Pipfile.lock").read_bytes()
    assert "created" in typed.run("\n".join(preparation), environment)
    with typed.serving(f"exec {serve} 127.0.0.1:{port}", environment, tmp_path / "log"):
        pass
    assert ((ROOT / "Pipfile").read_bytes(), (ROOT / "Pipfile.lock").read_bytes()) == before


def test_no_command_block_is_left_out() -> None:
    tried = [b for b in BLOCKS if b in {"make run\n", "make test\n"} or "curl" in b or "pipenv" in b]
    assert tried == BLOCKS
