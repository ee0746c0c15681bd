"""What the story is told with: processes, calls, and lines for whoever looks on."""

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.error import HTTPError
from urllib.request import Request, urlopen

START_SECONDS: Final = 60
STOP_SECONDS: Final = 20
CALL_SECONDS: Final = 10
BEGAN: Final = time.monotonic()


@dataclass(frozen=True)
class HTTP:
    """A service, by its URL."""

    url: str


class Refusal(Exception):  # noqa: N818 - an answer
    def __init__(self, call: str, status: int, said: str) -> None:
        super().__init__(f"{call}: {status} {said}")
        self.status = status


@dataclass(frozen=True)
class Running:
    popen: subprocess.Popen[bytes]
    log: Path

    def wait_for(self, service: HTTP, path: str) -> None:
        """SystemExit with the log if it ends, or does not answer in time."""
        deadline = time.monotonic() + START_SECONDS
        while not _answers(service, path):
            if self.popen.poll() is not None or time.monotonic() > deadline:
                sys.exit(f"{service.url} does not start; its log says:\n{self.log.read_text(encoding='utf-8')[-2000:]}")
            time.sleep(0.1)


def tell(words: str) -> None:
    print(f"{time.monotonic() - BEGAN:5.1f} s  {words}", flush=True)  # noqa: T201 - a story is told


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def process(command: list[str], *, cwd: Path, env: Mapping[str, str], log: Path) -> Iterator[Running]:
    """Runs meanwhile; ended in order afterwards."""
    with log.open("ab") as output:
        popen = subprocess.Popen(  # noqa: S603 - commands of the story's own
            command, cwd=cwd, env=environment(env), stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
    try:
        yield Running(popen, log)
    finally:
        popen.terminate()
        try:
            popen.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            popen.kill()
            popen.wait()


def manage(directory: Path, *arguments: str, env: Mapping[str, str]) -> str:
    """What that service's `manage.py` printed; SystemExit with its words where it fails."""
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(  # noqa: S603 - as above
        command, cwd=directory, env=environment(env), capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"manage.py {' '.join(arguments)} failed:\n{done.stderr}")
    return done.stdout


def environment(own: Mapping[str, str]) -> dict[str, str]:
    """Without what the caller's shell may have set for another of their services."""
    kept = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
    return {name: os.environ[name] for name in kept if name in os.environ} | dict(own)


def call(service: HTTP, method: str, path: str, body: object = None, *, token: str = "") -> dict[str, Any]:
    """The answer's object; of a list, under `list`. Refusal from 400 on."""
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    data = None if body is None else json.dumps(body).encode()
    request = Request(service.url + path, data, headers, method=method)  # noqa: S310 - our own http
    try:
        with urlopen(request, timeout=CALL_SECONDS) as answer:  # noqa: S310
            read = json.loads(answer.read() or b"{}")
    except HTTPError as exc:
        with exc:
            raise Refusal(f"{method} {path}", exc.code, exc.read().decode()) from None
    return read if isinstance(read, dict) else {"list": read}


def _answers(service: HTTP, path: str) -> bool:
    try:
        with urlopen(service.url + path, timeout=CALL_SECONDS):  # noqa: S310
            return True
    except (OSError, http.client.HTTPException):
        return False
