"""What a page has people type, typed: its command blocks, and the service that they start."""

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

ROOT: Final = Path(__file__).resolve().parents[2]
COMMANDS: Final = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
KEPT: Final = ("PATH", "HOME", "LANG", "COVERAGE_PROCESS_CONFIG")


def command_blocks(page: str) -> list[str]:
    return COMMANDS.findall((ROOT / page).read_text(encoding="utf-8"))


def environment(port: int, var: Path) -> dict[str, str]:
    """A developer's own, with Pipenv at hand and the data elsewhere."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    kept["PATH"] = f"{ROOT / '.tools/bin'}:{kept['PATH']}"
    return kept | {"PORT": str(port), "AUTHSERVICE_VAR": str(var)}


def calls(blocks: list[str], port: str) -> str:
    """One script of them, to the service on this port; a refusal ends it."""
    typed = "\n".join(block for block in blocks if "curl" in block)
    return typed.replace("localhost:8000", f"localhost:{port}").replace("curl -s", "curl -sS --fail-with-body")


@contextmanager
def serving(script: str, environment: dict[str, str], log: Path) -> Iterator[None]:
    """While it serves, with what it prints in `log`. Ends the whole group that it started."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["bash", "-euc", script],
            cwd=ROOT,
            env=environment,
            start_new_session=True,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
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
