"""Granian with authservice's own flags, on one core: `python -m bench.server TARGET PORT THREADS CORE`."""

import os
import sys
from typing import Any, Final

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

FLAGS: Final[dict[str, Any]] = {
    "address": "127.0.0.1",
    "interface": Interfaces.WSGI,
    "http": HTTPModes.http1,
    "http1_settings": HTTP1Settings(header_read_timeout=60_000),
    "websockets": False,
    "workers": 1,
    "backpressure": 10_000,
    "respawn_failed_workers": True,
    "log_level": LogLevels.error,
}


def main() -> None:
    target, port, threads, core = sys.argv[1:]
    os.sched_setaffinity(0, {int(core)})
    Granian(target, port=int(port), blocking_threads=int(threads), **FLAGS).serve()


if __name__ == "__main__":
    main()
