"""Processes that the suite starts, none of which outlives it."""

import atexit
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

_LEASH = Path(__file__).with_name("leash.py")
_LOG_TAIL_BYTES = 20_000
_STOP_SECONDS = 10.0

_running: set["Child"] = set()
_logs: dict[Path, str] = {}


def leash(end_signal: signal.Signals, *, user: str = "") -> list[str]:
    """What to put before a command so that it gets this signal when the suite is gone, and runs as that user."""
    return [sys.executable, "-I", "-S", str(_LEASH), str(int(end_signal)), str(os.getpid()), user]


class Child:
    """One running process in a session of its own, with its output in a file.

    Start it from the main thread: the kernel ends it with the *thread* that started it.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        name: str,
        log: Path,
        cwd: Path,
        env: Mapping[str, str],
        end_signal: signal.Signals = signal.SIGTERM,
        user: str = "",
    ) -> None:
        self.log = log
        self._end_signal = end_signal
        self._owner = os.getpid()
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [*leash(end_signal, user=user), *command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=cwd,
                env=dict(env),
                start_new_session=True,  # Ctrl-C reaches the suite alone, which then stops its children in order
            )
        _running.add(self)
        _logs[log] = name

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    def wait_until(self, is_ready: Callable[[], bool], *, seconds: float) -> None:
        """Return once `is_ready` says so; raise RuntimeError with the log if the process ends or the time is up."""
        deadline = time.monotonic() + seconds
        while not is_ready():
            if not self.is_running:
                raise RuntimeError(f"the process ended with {self._process.returncode}:\n{self.log_tail()}")
            if time.monotonic() > deadline:
                raise RuntimeError(f"not ready after {seconds:.0f} s:\n{self.log_tail()}")
            time.sleep(0.02)

    def wait(self, *, seconds: float = _STOP_SECONDS) -> int:
        """The exit code, once the process has ended by itself; negative for a signal."""
        code = self._process.wait(timeout=seconds)
        _running.discard(self)
        return code

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the process alone."""
        if self.is_running:
            self._process.send_signal(number)

    def send_to_group(self, number: signal.Signals) -> None:
        """Send a signal to the process and to what it forked."""
        if self not in _running:  # the number may be somebody else's by now
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    def stop(self, *, seconds: float = _STOP_SECONDS) -> None:
        """End the process as its own rules wish, and by force if it does not follow in time."""
        if self not in _running or self._owner != os.getpid():  # a fork of the suite leaves them to the suite
            return
        self.send_to_group(signal.SIGCONT)
        self.send(self._end_signal)
        try:
            self._process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            self.kill()
        _running.discard(self)

    def kill(self) -> None:
        """SIGKILL for the process and what it forked, at once."""
        self.send_to_group(signal.SIGKILL)
        self._process.wait(timeout=_STOP_SECONDS)
        _running.discard(self)

    def log_tail(self) -> str:
        return _tail(self.log)


def logs_since(moment: float) -> dict[str, str]:
    """The ends of the logs, by name, that were written to since `moment` (as `time.time()`)."""
    written = {path: name for path, name in _logs.items() if path.exists() and path.stat().st_mtime >= moment}
    return {name: _tail(path) for path, name in written.items() if path.stat().st_size}


def _tail(log: Path) -> str:
    return log.read_bytes()[-_LOG_TAIL_BYTES:].decode(errors="replace")


def stop_all() -> None:
    for child in list(_running):
        child.stop()


atexit.register(stop_all)
