"""One child process, in a session of its own."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Sequence

from authservice.env import BASE_DIR
from authservice.serving import leash


class Child:
    """Started on demand, again after it ended. Ctrl-C in a terminal reaches the parent alone."""

    def __init__(self, name: str, command: Sequence[str], *, stops_as_group: bool = False) -> None:
        self.name = name
        self.started_at = 0.0
        self._command = command
        self._stops_as_group = stops_as_group
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        parent = os.getpid()
        self.started_at = time.monotonic()
        self._process = subprocess.Popen(  # noqa: S603  # our own commands, none from outside
            self._command,
            cwd=BASE_DIR,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=lambda: leash.follow(parent),  # noqa: PLW1509  # safe: the parent has no threads
        )

    @property
    def pid(self) -> int | None:
        """None before it was started, and after it was killed."""
        return self._process.pid if self._process else None

    @property
    def code(self) -> int | None:
        """The exit code, negative for a signal; None while it runs."""
        return self._process.poll() if self._process else 0

    @property
    def is_running(self) -> bool:
        return self.code is None

    def terminate(self) -> None:
        """Ask it to stop, once: a worker of Granian's locks up at its third SIGTERM and loses the work in flight."""
        if self._process and self.is_running:
            if self._stops_as_group:
                self._signal_group(signal.SIGTERM)
            else:
                self._process.terminate()

    def kill(self) -> None:
        """End it, and whatever it forked that is still there."""
        self._signal_group(signal.SIGKILL)
        if self._process:
            self._process.wait()
        self._process = None  # its number may be another process's from now on

    def _signal_group(self, number: signal.Signals) -> None:
        if self._process:
            with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS: EPERM for a group of zombies
                os.killpg(self._process.pid, number)
