"""Servers under measurement: what each runs, with how many threads and workers, and on which cores."""

import os
import socket
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from accounts.tests.support import environment
from accounts.tests.support.children import Child
from accounts.tests.support.environment import CHECKOUT
from accounts.tests.support.ports import free_port
from bench.contest import Project

THREADS: Final = 16  # of each server, as authservice's default has it for two cores
START_SECONDS: Final = 60
TARGETS: Final = {
    Project.AUTHSERVICE: "authservice.wsgi:application",
    Project.STOCK: "bench.stock.wsgi:application",
    Project.STOCK_WITHOUT_BLACKLIST: "bench.stock.wsgi:application",
    Project.HELLO: "bench.hello:application",
}


@dataclass(frozen=True, slots=True)
class Server:
    port: int
    group: int
    """The process group, of the server and its workers alone."""


def start(
    project: Project, env: Mapping[str, str], *, cores: Sequence[int], threads: int = THREADS, workers: int = 1
) -> tuple[Server, Child]:
    """RuntimeError with its log when it does not come up."""
    port = free_port()
    pinned = ",".join(map(str, cores))
    child = Child(
        [sys.executable, "-m", "bench.server", TARGETS[project], str(port), str(threads), str(workers), pinned],
        name=project,
        log=environment.session_directory() / f"{project}-{port}.log",
        cwd=CHECKOUT,
        env=os.environ | dict(env),
    )
    child.wait_until(lambda: _listens(port), seconds=START_SECONDS)
    return Server(port, group=child.pid), child


@contextmanager
def running(
    env: Mapping[str, str], *, cores: Sequence[int], threads: int = THREADS, workers: int = 1
) -> Iterator[Server]:
    """Another authservice, for as long as it is asked."""
    server, child = start(Project.AUTHSERVICE, env, cores=cores, threads=threads, workers=workers)
    try:
        yield server
    finally:
        child.stop()


def resident_bytes(server: Server) -> int:
    """Of its largest process: the worker (proc(5), VmRSS). Pages that it shares with others count in full."""
    return max(_resident(directory) for directory in Path("/proc").glob("[0-9]*") if _group(directory) == server.group)


def _group(process: Path) -> int:
    try:
        return os.getpgid(int(process.name))
    except ProcessLookupError:
        return 0


def _resident(process: Path) -> int:
    try:
        lines = (process / "status").read_text(encoding="utf-8").splitlines()
    except OSError:  # ended meanwhile
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS:")), 0)


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
