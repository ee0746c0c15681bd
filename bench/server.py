"""Granian with authservice's own flags, on given cores: `python -m bench.server TARGET PORT THREADS WORKERS CORES`."""

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
    "backpressure": 10_000,
    "respawn_failed_workers": True,
    "log_level": LogLevels.error,
}
DEVELOPERS_OWN: Final = ("rich", "requests", "greenlet")
"""Not there where the service serves (`[dev-packages]` alone bring them), and taken along by structlog, DRF and psycopg
wherever they are: some 10 MB.
"""


def main() -> None:
    absent: dict[str, Any] = dict.fromkeys(DEVELOPERS_OWN)
    sys.modules.update(absent)  # so that they can't be imported; the workers are forked
    target, port, threads, workers, cores = sys.argv[1:]
    os.sched_setaffinity(0, {int(core) for core in cores.split(",")})
    Granian(target, port=int(port), blocking_threads=int(threads), workers=int(workers), **FLAGS).serve()


if __name__ == "__main__":
    main()
