"""Real server processes, as many as a test wants, on one database of their own."""

import http.client
import os
import signal
import sys
import time
from collections.abc import Mapping
from itertools import count
from pathlib import Path

from accounts.tests.support.children import Child
from accounts.tests.support.databases import Database
from accounts.tests.support.environment import CHECKOUT
from accounts.tests.support.http import JSONClient
from accounts.tests.support.ports import free_port, is_free

APPLICATION = "authservice.wsgi:application"
DYING = "accounts.tests.support.dying:application"
MEASURED = "accounts.tests.support.measured:application"

_START_SECONDS = 30
_DEATH_SECONDS = 10


def url_of(port: int) -> str:
    return f"http://127.0.0.1:{port}"


class Server:
    """One Granian with one worker; it stays on its port when it is started again."""

    def __init__(self, name: str, *, port: int, target: str, threads: int, env: Mapping[str, str], log: Path) -> None:
        self.port = port
        self.url = url_of(port)
        self._name = name
        self._env = env
        if "COVERAGE_PROCESS_CONFIG" in env:  # coverage's own sign that processes are to be measured
            self._env, target = {**env, "MEASURED_TARGET": target}, MEASURED
        self._log = log
        self._command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1"]
        self._command += ["--port", str(self.port), "--workers", "1", "--blocking-threads", str(threads), "--no-ws"]
        self._command += [target]
        self._child: Child | None = None

    def start(self) -> None:
        """Start on the same database, secret and port; return once it answers."""
        self.launch()
        self.wait_until_ready()

    def launch(self) -> None:
        """Start without waiting."""
        self._child = Child(
            self._command, name=f"{self._name} ({self.url})", log=self._log, cwd=CHECKOUT, env=self._env
        )

    def wait_until_ready(self) -> None:
        self.child.wait_until(self._is_healthy, seconds=_START_SECONDS)

    def _is_healthy(self) -> bool:
        try:
            with self.client(timeout_seconds=2) as client:
                return client.get("/healthz").status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False

    def client(self, *, timeout_seconds: float = 30) -> JSONClient:
        return JSONClient(self.url, timeout_seconds=timeout_seconds)

    def stop(self) -> None:
        """SIGTERM, as in a deployment: work in flight is finished."""
        self.child.stop(seconds=20)

    def kill(self) -> None:
        """SIGKILL for the server and its worker at once; afterwards connections are refused."""
        self.child.kill()
        deadline = time.monotonic() + _DEATH_SECONDS
        while not is_free(self.port):  # the worker, an orphan now, may take a moment longer to let go of its socket
            if time.monotonic() > deadline:
                raise RuntimeError(f"somebody still listens on port {self.port}")
            time.sleep(0.01)

    def restart(self) -> None:
        """Killed, unless it is dead already, and started anew."""
        self.kill()
        self.start()

    def change_environment(self, env: Mapping[str, str]) -> None:
        """What it is started with from now on."""
        self._env = {**self._env, **env}

    def wait_until_dead(self, *, seconds: float = 20) -> None:
        """Return once the server has ended by itself, as it does after the death of its worker."""
        self.child.wait(seconds=seconds)

    def freeze(self) -> None:
        """SIGSTOP in the middle of whatever it does, until `thaw()`."""
        self.child.send_to_group(signal.SIGSTOP)

    def thaw(self) -> None:
        self.child.send_to_group(signal.SIGCONT)

    @property
    def is_running(self) -> bool:
        return self._child is not None and self._child.is_running

    @property
    def log(self) -> str:
        return self.child.log_tail()

    @property
    def child(self) -> Child:
        if self._child is None:
            raise RuntimeError(f"{self._name} was never started")
        return self._child


class Servers:
    """The servers of one test, which share a database and a secret."""

    def __init__(self, database: Database, directory: Path) -> None:
        self.database = database
        self._directory = directory
        self._numbers = count(1)
        self._all: list[Server] = []
        self._workers: list[Child] = []

    def start(
        self,
        number: int = 1,
        *,
        target: str = APPLICATION,
        threads: int = 8,
        env: Mapping[str, str] | None = None,
        is_issuer: bool = False,
    ) -> list[Server]:
        """Start servers side by side; `env` overrides variables, and an empty value means unset.

        As `is_issuer` the first one is where its tokens and documents say that the issuer is.
        """
        ports = [free_port() for _ in range(number)]
        issuer = {"AUTH_ISSUER": url_of(ports[0])} if is_issuer else {}
        variables = os.environ | dict(self.database.env) | issuer | dict(env or {})
        started = [self._make(port, target, threads, variables) for port in ports]
        for server in started:
            server.launch()
        for server in started:
            server.wait_until_ready()
        return started

    def start_dying(self, *, on: str, after: int, env: Mapping[str, str] | None = None) -> Server:
        """A server whose worker is killed (SIGKILL) during a request to the path `on`, after so many statements.

        0 is before the first one; a number beyond the last is when all is done and nothing is answered yet. The
        caller sees its connection break; `wait_until_dead()` before going on.
        """
        fuse = {"DIES_ON": on, "DIES_AFTER": str(after)}
        (server,) = self.start(target=DYING, env={**(env or {}), **fuse})
        return server

    def start_worker(self, *, env: Mapping[str, str] | None = None) -> Child:
        """`manage.py work` as it runs in production, until the end of the test."""
        name = f"worker {next(self._numbers)}"
        self._workers.append(
            Child(
                [sys.executable, str(CHECKOUT / "manage.py"), "work"],
                name=name,
                log=self._directory / f"{name.replace(' ', '-')}.log",
                cwd=CHECKOUT,
                env=os.environ | dict(self.database.env) | dict(env or {}),
            )
        )
        return self._workers[-1]

    def _make(self, port: int, target: str, threads: int, env: Mapping[str, str]) -> Server:
        name = f"server {next(self._numbers)}"
        log = self._directory / f"{name.replace(' ', '-')}.log"
        server = Server(name, port=port, target=target, threads=threads, env=env, log=log)
        self._all.append(server)
        return server

    def stop(self) -> None:
        for worker in self._workers:
            worker.stop()
        for server in self._all:
            if server.is_running:
                server.thaw()
                server.stop()
