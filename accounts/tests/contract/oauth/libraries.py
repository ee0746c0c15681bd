"""Other people's OAuth and JWT libraries, each in a running program that does what a test asks of it."""

import json
import os
import signal
import subprocess
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from accounts.tests.contract.installing import Node, Python
from accounts.tests.support.children import leash
from accounts.tests.support.environment import CHECKOUT

SCRIPTS: Final = Path(__file__).with_name("programs")
INSTALLED: Final = CHECKOUT / "var" / "oauth"

IN_NODE: Final = ("jose", "oauth4webapi", "openid_client", "express_oauth2_jwt_bearer", "passport_jwt")
IN_PYTHON: Final = ("pyjwt", "authlib", "joserfc")
VERIFIERS: Final = (*IN_NODE, *IN_PYTHON)
"""All of them. `openid_client` offers no more than to ask the issuer, by introspection."""
CLIENTS: Final = ("oauth4webapi", "openid_client", "authlib")
"""Which discover, and act for a service client."""


class RefusedError(Exception):
    """With the library's own words."""


@dataclass(frozen=True, slots=True)
class Installed:
    """Where the libraries are."""

    node: Node
    python: Python

    def command(self, library: str) -> tuple[Path, Path]:
        if library in IN_NODE:
            return self.node.node, self.node.directory / f"with_{library}.js"
        return self.python.python, SCRIPTS / f"with_{library}.py"


class Library:
    """A program that keeps running, with what its library remembers; it is asked by one thread at a time."""

    def __init__(self, name: str, *, installed: Installed, settings: Mapping[str, Any], log: Path) -> None:
        self.name, self._words, self._log, self._lock = name, "", log, threading.Lock()
        with log.open("ab") as complaints:
            self._process = subprocess.Popen(
                [*leash(signal.SIGKILL), *map(str, installed.command(name)), json.dumps(settings)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=complaints,
                cwd=installed.node.directory,
                env=os.environ | {"NODE_ENV": "test"},
                text=True,
                bufsize=1,
                start_new_session=True,
            )

    def __repr__(self) -> str:
        """With why it last would not believe a token."""
        return f"{self.name} {self._words}".strip()

    def ask(self, do: str, **asked: Any) -> Any:
        """What the library found; RefusedError where it refuses, RuntimeError if the program has ended."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with self._lock:
            self._process.stdin.write(json.dumps({"do": do, **asked}) + "\n")
            answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError(f"{self} has ended:\n{self._log.read_text(encoding='utf-8')}")
        found = json.loads(answer)
        if "refused" in found:
            raise RefusedError(found["refused"])
        return found["is"]

    def verify(self, token: str) -> dict[str, Any]:
        """The claims."""
        return dict(self.ask("verify", token=token))

    def believes(self, access: str) -> bool:
        try:
            self.verify(access)
        except RefusedError as refusal:
            self._words = f"({refusal})"
            return False
        return True

    def stop(self) -> None:
        with self._process as process:  # closes its pipes
            process.kill()
