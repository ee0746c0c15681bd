"""The order service, and what a test does to its process: a clock that is off (CLOCK_AHEAD_SECONDS), a dead thread."""

import ctypes
import importlib
import os
import threading
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final

import time_machine

KILL: Final = "/faults/kill/"
"""Followed by the name of a thread."""

if _ahead := float(os.environ.get("CLOCK_AHEAD_SECONDS", "0")):
    time_machine.travel(datetime.now(UTC) + timedelta(seconds=_ahead), tick=True).start()


@cache
def _application() -> Any:
    """Behind the clock's change; and not here, where only tests import this module."""
    return importlib.import_module("orders.wsgi").application


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    path: str = environ["PATH_INFO"]
    if path.startswith(KILL):
        killed = _kill(path.removeprefix(KILL))
        start_response("200 OK", [("Content-Type", "application/json")])
        return [str(killed).encode()]
    answer: Iterable[bytes] = _application()(environ, start_response)
    return answer


def _kill(name: str) -> int:
    """How many threads of that name are to die of something that nobody catches, as soon as they run."""
    targets = [thread.ident for thread in threading.enumerate() if thread.name == name]
    for ident in targets:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(ident or 0), ctypes.py_object(SystemExit))
    return len(targets)
