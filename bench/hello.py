"""The least that a WSGI application can do: what server and load generator reach with nothing in between."""

from collections.abc import Callable, Iterable
from typing import Any, Final

BODY: Final = b'{"hello":"world"}'
HEADERS: Final = [("Content-Type", "application/json"), ("Content-Length", str(len(BODY)))]


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    start_response("200 OK", HEADERS)
    return [BODY]
