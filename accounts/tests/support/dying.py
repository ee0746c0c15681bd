"""The application whose process is killed in the middle of a request, as a target for `servers.start`.

DIES_ON is the path, DIES_AFTER the number of the statement after which SIGKILL comes: 0 is before the first, and a
number beyond the last is when all is done but nothing is answered yet. Outside a transaction, after a statement is
after its commit.
"""

import os
import signal
from collections.abc import Callable, Iterable
from typing import Any

from django.db import connection

from authservice import wsgi

_path = os.environ["DIES_ON"]
_statements = int(os.environ["DIES_AFTER"])


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    if environ["PATH_INFO"] != _path:
        return wsgi.application(environ, start_response)
    if _statements == 0:
        _die()
    with connection.execute_wrapper(_Fuse(_statements)):
        wsgi.application(environ, start_response)
    _die()
    return []


class _Fuse:
    def __init__(self, statements: int) -> None:
        self._left = statements

    def __call__(self, execute: Callable[..., Any], *arguments: Any) -> Any:
        result = execute(*arguments)
        self._left -= 1
        if self._left == 0:
            _die()
        return result


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
