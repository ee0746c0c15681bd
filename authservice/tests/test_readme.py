"""Every fenced command block of the README is run, in its order, as somebody would type it."""

import os
import re
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from accounts.tests.support import ports

ROOT: Final = Path(__file__).resolve().parents[2]
COMMANDS: Final = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SMALL_SELECTION: Final = "accounts/tests/test_identifiers.py"  # the whole suite would run itself


def command_blocks() -> list[str]:
    return COMMANDS.findall((ROOT / "README.md").read_text(encoding="utf-8"))


@pytest.fixture
def port() -> int:
    return ports.free_port()


@pytest.fixture
def environment(port: int, tmp_path: Path) -> dict[str, str]:
    """A developer's own, with Pipenv at hand and the data elsewhere."""
    kept = {
        name: os.environ[name] for name in ("PATH", "HOME", "LANG", "COVERAGE_PROCESS_CONFIG") if name in os.environ
    }
    kept["PATH"] = f"{ROOT / '.tools/bin'}:{kept['PATH']}"
    pipenv = {"PIPENV_VENV_IN_PROJECT": "1", "PIPENV_IGNORE_VIRTUALENVS": "1"}
    return (
        kept | pipenv | {"PORT": str(port), "AUTHSERVICE_VAR": str(tmp_path / "var"), "PYTEST_ADDOPTS": SMALL_SELECTION}
    )


@contextmanager
def serving(script: str, environment: dict[str, str]) -> Iterator[None]:
    """While it serves. Ends the whole group that it started."""
    process = subprocess.Popen(["bash", "-euc", script], cwd=ROOT, env=environment, start_new_session=True)
    try:
        wait_until_healthy(process, environment["PORT"])
        yield
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=30)


def wait_until_healthy(process: "subprocess.Popen[bytes]", port: str) -> None:
    deadline = time.monotonic() + 100
    while time.monotonic() < deadline:
        assert process.poll() is None, "it ended by itself"
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    raise AssertionError("it never became healthy")


def run(script: str, environment: dict[str, str]) -> str:
    finished = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout


@pytest.mark.sqlite
@pytest.mark.processes
def test_the_service_of_the_first_command_answers_the_readmes_calls(port: int, environment: dict[str, str]) -> None:
    start, *others = command_blocks()
    calls = [block for block in others if "curl" in block]
    assert start == "make run\n"
    script = (
        "\n".join(calls).replace("localhost:8000", f"localhost:{port}").replace("curl -s", "curl -sS --fail-with-body")
    )
    with serving("exec " + start, environment):
        output = run(script, environment)
    assert output.count('"active":true') == 2  # verified, introspected
    assert output.count('"username":"ada@example.com"') == 1
    assert output.count('"email":"ada@example.com"') == 3  # registered, verified, fetched


@pytest.mark.sqlite
@pytest.mark.processes
def test_the_second_command_runs_the_suite_on_both_databases(environment: dict[str, str]) -> None:
    (block,) = [block for block in command_blocks() if block == "make test\n"]
    assert run(block, environment).count(" passed") == 2


@pytest.mark.sqlite
@pytest.mark.processes
def test_the_classic_way_works(port: int, environment: dict[str, str]) -> None:
    (block,) = [block for block in command_blocks() if "pipenv" in block]
    *preparation, serve = block.strip().splitlines()
    before = (ROOT / "Pipfile").read_bytes(), (ROOT / "Pipfile.lock").read_bytes()
    assert "created" in run("\n".join(preparation), environment)
    with serving(f"exec {serve} 127.0.0.1:{port}", environment):
        pass
    assert ((ROOT / "Pipfile").read_bytes(), (ROOT / "Pipfile.lock").read_bytes()) == before


def test_no_command_block_is_left_out() -> None:
    tried = [b for b in command_blocks() if b in {"make run\n", "make test\n"} or "curl" in b or "pipenv" in b]
    assert tried == command_blocks()
