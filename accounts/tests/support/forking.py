"""Processes that are there at once, for tests that kill many: forks of one that has everything loaded."""

import json
import os
import signal
import socket
import sys
import traceback
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from accounts.tests.support.children import Child
from accounts.tests.support.environment import CHECKOUT

LIFE_SECONDS: Final = 60
"""No fork outlives that, whoever has forgotten it."""

_START_SECONDS: Final = 60.0


class Fork:
    """One that runs, or has ended."""

    def __init__(self, pid: int, line: socket.socket) -> None:
        self.pid = pid
        self._line = line

    def wait(self, *, seconds: float = 30.0) -> int:
        """The exit code; negative for a signal."""
        return _read(self._line, seconds)


class Forks:
    """`forks.start("function", argument=…)`: a function of that module, in a process of its own. One at a time."""

    def __init__(self, module: str, *, log: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            program = f"from {__name__} import serve; serve({listener.getsockname()[1]}, {module!r})"
            command = [sys.executable, str(CHECKOUT / "manage.py"), "shell", "--no-imports", "-c", program]
            self._child = Child(command, name=f"forks of {module}", log=log, cwd=CHECKOUT, env=os.environ)
            listener.settimeout(_START_SECONDS)
            self._line, _ = listener.accept()

    def start(self, function: str, **arguments: Any) -> Fork:
        self._line.sendall(json.dumps([function, arguments]).encode() + b"\n")
        return Fork(_read(self._line, _START_SECONDS), self._line)

    def stop(self) -> None:
        self._line.close()
        self._child.kill()


def _read(line: socket.socket, seconds: float) -> int:
    """The next number, which is a line."""
    line.settimeout(seconds)
    text = b""
    while not text.endswith(b"\n"):
        received = line.recv(1)
        assert received, "the process that forks has ended"
        text += received
    return int(text)


def serve(port: int, module: str) -> None:
    """What the process does that forks: for each line a fork, then its number and its exit code, each a line."""
    functions = import_module(module)
    with socket.create_connection(("127.0.0.1", port)) as line, line.makefile() as orders:
        for order in orders:
            function, arguments = json.loads(order)
            if (pid := os.fork()) == 0:
                os.close(line.fileno())
                _run(getattr(functions, function), arguments)
            line.sendall(b"%d\n" % pid)
            _, status = os.waitpid(pid, 0)
            line.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))


def _run(function: Any, arguments: dict[str, Any]) -> None:
    """And nothing of what the process behind it would have gone on to do."""
    signal.alarm(LIFE_SECONDS)
    code = 1
    try:
        function(**arguments)
        code = 0
    except Exception:  # noqa: BLE001 - told by the exit code, and in the log
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)
