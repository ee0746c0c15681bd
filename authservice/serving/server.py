"""The HTTP server, as a child of the launcher: `python -m authservice.serving.server ADDRESS`."""

import importlib
import multiprocessing
import os
import resource
import signal
import sys
from typing import Any, Final

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from authservice import logs
from authservice.env import ENV
from authservice.serving import leash
from authservice.serving.supervisor import DRAIN_SECONDS

APPLICATION: Final = "authservice.wsgi:application"
# Granian's `backpressure` counts connections, idle ones too, though it speaks of requests: with its default of
# 1024 divided by the workers, a fleet's kept-alive connections would shut everybody else out.
CONNECTIONS: Final = 10_000
IDLE_SECONDS: Final = 60  # the most that Granian allows; proxies usually give up a kept-alive connection by then


def load(target: str) -> Any:
    """Called in each of Granian's worker processes."""
    parent = multiprocessing.parent_process()
    if parent is not None and parent.pid is not None:
        leash.follow(parent.pid)
    module, name = target.split(":")
    return getattr(importlib.import_module(module), name)


def main() -> None:
    logs.configure(level=ENV.log_level, as_json=ENV.log_format == "json")
    _allow_open_files(CONNECTIONS + 1000)
    # A forked worker has its parent's handler until its own is set, and would lose a SIGTERM that comes meanwhile.
    os.register_at_fork(after_in_child=_stop_at_once)
    Granian(
        APPLICATION,
        address=sys.argv[1],
        port=ENV.port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=IDLE_SECONDS * 1000),
        websockets=False,
        workers=ENV.web_concurrency,
        blocking_threads=ENV.server_threads,
        backpressure=CONNECTIONS,
        respawn_failed_workers=True,
        workers_kill_timeout=DRAIN_SECONDS,
        log_level=LogLevels.error,  # below, it doubts the number of threads at every start
        # Its lines go where the application's go, in the same form.
        log_dictconfig={"handlers": {}, "loggers": {"_granian": {"handlers": [], "propagate": True}}},
    ).serve(target_loader=load)


def _stop_at_once() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _allow_open_files(wanted: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


if __name__ == "__main__":
    main()
