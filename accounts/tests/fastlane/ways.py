"""The same request on both ways: through the lane, and through Django alone."""

import io
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, cast

from accounts.fastlane import lane
from accounts.fastlane.plain import Environ
from accounts.rest import rendering
from authservice import wsgi
from authservice.middleware import request_id_of

REQUEST_ID: Final = "request-1"
EACH_ITS_OWN: Final = frozenset({"date", "x-request-id"})


class Said(NamedTuple):
    """An answer; its headers in the order of their names, without those that are each answer's own."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes
    request_id: str


@dataclass
class Ways:
    """`handed_on` counts what the lane left to Django."""

    django: wsgi.Application
    handed_on: int = 0
    lane: wsgi.Application = field(init=False)

    def __post_init__(self) -> None:
        def counting(environ: Environ, start_response: Any) -> Iterable[bytes]:
            self.handed_on += 1
            return self.django(environ, start_response)

        self.lane = wsgi.prepared(lane.fastlane(counting, rendering=rendering, request_id_of=request_id_of))

    def by_lane(self, environ: Environ) -> Said:
        return said_by(self.lane, environ)

    def by_django(self, environ: Environ) -> Said:
        return said_by(wsgi.prepared(self.django), environ)

    def is_hit(self, environ: Environ) -> bool:
        """Whether the lane answers it by itself, and with a yes."""
        before = self.handed_on
        said = self.by_lane(environ)
        return self.handed_on == before and said.status == "200 OK"


def said_by(application: wsgi.Application, environ: Environ) -> Said:
    """`environ` is left as it is: its body, as bytes, is read from a stream of the call's own."""
    started: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], *_: object) -> None:
        started.append((status, headers))

    response = application(environ | {"wsgi.input": io.BytesIO(environ["wsgi.input"])}, start_response)
    if hasattr(response, "close"):
        with closing(cast("Any", response)):
            body = b"".join(response)
    else:
        body = b"".join(response)
    ((status, headers),) = started
    own = [value for name, value in headers if name == "X-Request-ID"]
    return Said(status, sorted(pair for pair in headers if pair[0].lower() not in EACH_ITS_OWN), body, *own)


def request(method: str, path: str, body: bytes = b"", **changes: Any) -> Environ:
    """A plain one, as Granian would hand it on. A change to None takes away."""
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "SCRIPT_NAME": "",
        "QUERY_STRING": "",
        "SERVER_NAME": "0.0.0.0",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "localhost:8000",
        "HTTP_ACCEPT": "*/*",
        "HTTP_USER_AGENT": "tests",
        "HTTP_X_REQUEST_ID": REQUEST_ID,
        "wsgi.url_scheme": "http",
        "wsgi.input": body,
        "wsgi.errors": io.StringIO(),
    }
    if body:
        environ |= {"CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(len(body))}
    return {name: value for name, value in (environ | changes).items() if value is not None}


def verify(token: str, **changes: Any) -> Environ:
    return request("POST", "/auth/verify", b'{"token":"%s"}' % token.encode(), **changes)


def show(path: str, token: str, **changes: Any) -> Environ:
    return request("GET", path, HTTP_AUTHORIZATION=f"Bearer {token}", **changes)


def differences(ways: Ways, environs: dict[str, Any]) -> dict[str, Any]:
    """Where the two ways part, by name; on the lane first, so that Django can't have helped its memory."""
    said = {name: (ways.by_lane(environ), ways.by_django(environ)) for name, environ in environs.items()}
    return {name: pair for name, pair in said.items() if pair[0] != pair[1]}


def hits(ways: Ways, environs: dict[str, Any]) -> set[str]:
    return {name for name, environ in environs.items() if ways.is_hit(environ)}
