"""Minds the server and the worker, and stops them so that no request is lost."""

import signal
import time
from collections.abc import Callable, Sequence
from typing import Final

import structlog

from authservice.serving import orphans
from authservice.serving.children import Child
from authservice.serving.rundir import RunDirectory
from authservice.serving.signals import STOP, Signals

DRAIN_SECONDS: Final = 30  # for work in flight, after which it is cut off
KILL_SECONDS: Final = DRAIN_SECONDS + 5  # the server itself cuts off at DRAIN_SECONDS
STEADY_SECONDS: Final = 60  # a worker that lived as long is restarted at once
LONGEST_PAUSE_SECONDS: Final = 30

log = structlog.get_logger("authservice.serving")


class Supervisor:
    """One server, without which there is no service, and one worker, which is restarted when it ends."""

    def __init__(
        self, server: Child, worker: Child, *, signals: Signals, directory: RunDirectory, grace_seconds: float
    ) -> None:
        self._server = server
        self._worker = worker
        self._signals = signals
        self._directory = directory
        self._grace_seconds = grace_seconds
        self._failures = 0
        self._restart_worker_at = 0.0

    def run(self, *, is_ready: Callable[[], bool], welcome: Callable[[], None]) -> int:
        """Until told to stop (0) or the server has ended by itself (1)."""
        self._server.start()
        self._worker.start()
        welcomed = False
        while not self._signals.wait(1.0 if welcomed else 0.1) & STOP:
            if not self._server.is_running:
                log.error("server_ended", code=self._server.code)
                self._end([self._worker])
                return 1
            self._mind_worker()
            if orphans.come_here():
                orphans.reap({self._server.pid, self._worker.pid})
            if not welcomed and is_ready():
                welcome()
                welcomed = True
        return self._stop()

    def _mind_worker(self) -> None:
        if self._worker.is_running:
            return
        now = time.monotonic()
        if not self._restart_worker_at:
            steady = now - self._worker.started_at > STEADY_SECONDS
            self._failures = 0 if steady else self._failures + 1
            pause = min(2**self._failures - 1, LONGEST_PAUSE_SECONDS)
            log.warning("worker_ended", code=self._worker.code, restarted_in_seconds=pause)
            self._worker.kill()  # what it may have left
            self._restart_worker_at = now + pause
        if now >= self._restart_worker_at:
            self._restart_worker_at = 0.0
            self._worker.start()

    def _stop(self) -> int:
        """Readiness goes first; the server is told only when those who watch it had time to look elsewhere."""
        log.info("stopping", grace_seconds=self._grace_seconds, drain_seconds=DRAIN_SECONDS)
        self._directory.stopping_file.touch()
        self._wait(lambda: not self._server.is_running, seconds=self._grace_seconds)
        ended = self._end([self._server, self._worker])
        log.info("stopped")
        return 0 if ended else 1

    def _end(self, children: Sequence[Child]) -> bool:
        """Whether all ended by themselves; nothing of them is left in either case."""
        for child in children:
            child.terminate()
        in_time = self._wait(lambda: not any(child.is_running for child in children), seconds=KILL_SECONDS)
        for child in (self._server, self._worker):
            if child.is_running:
                log.warning("killed", child=child.name)
            child.kill()
        return in_time

    def _wait(self, is_over: Callable[[], bool], *, seconds: float) -> bool:
        """Whether it was over in time. A second Ctrl-C ends the waiting; a second SIGTERM may be make's echo."""
        deadline = time.monotonic() + seconds
        while not is_over():
            remaining = deadline - time.monotonic()
            if remaining <= 0 or signal.SIGINT in self._signals.wait(min(remaining, 0.5)):
                return False
        return True
