"""Stands between the order service and the auth service, and misbehaves as it is told."""

import http.client
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from typing import Final

from accounts.tests.gateways.serving import AnyMethod, serving
from accounts.tests.support.ports import free_port
from accounts.tests.support.processes import Server, url_of

UPSTREAM_SECONDS: Final = 10.0
HOP_BY_HOP: Final = frozenset({"connection", "transfer-encoding", "keep-alive", "content-length", "server", "date"})
TEN_MEGABYTES: Final = 10 * 1024 * 1024
YES: Final = {
    "active": True,
    "token_type": "access",
    "sub": "somebody",
    "sid": "somewhere",
    "client_id": "authservice",
    "exp": 2**33,
    "iat": 0,
    "scope": "",
    "groups": [],
    "user": None,
    "notices": [],
    "cursor": "made-up",
    "complete": True,
    "keys": [],
    "access_token": "made-up",
    "expires_in": 300,
}
"""What would be a “yes” of every endpoint at once, were it believed."""

Fault = Callable[[AnyMethod], None]


@dataclass(slots=True)
class Proxy:
    """`fault` may be set at any time; None lets everything through."""

    port: int
    fault: Fault | None = None
    followed: list[str] = field(default_factory=list)
    """Where a redirect was followed to."""

    @property
    def url(self) -> str:
        return url_of(self.port)


def _say(handler: AnyMethod, status: int, body: bytes, **headers: str) -> None:
    handler.send_response(status)
    for name, value in ({"Content-Type": "application/json", "Content-Length": str(len(body))} | headers).items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


def server_error(handler: AnyMethod) -> None:
    _say(handler, 500, json.dumps({"code": "server_error"} | YES).encode())


def html(handler: AnyMethod) -> None:
    _say(handler, 200, b"<html>Sign in to the hotel's network</html>", **{"Content-Type": "text/html"})


def html_refusal(handler: AnyMethod) -> None:
    _say(handler, 401, b"<html>Who are you?</html>", **{"Content-Type": "text/html"})


def truncated(handler: AnyMethod) -> None:
    """As a whole: its length is right."""
    _say(handler, 200, json.dumps(YES).encode()[:-10])


def cut_off(handler: AnyMethod) -> None:
    """The connection ends in the middle."""
    body = json.dumps(YES).encode()
    _say(handler, 200, body, **{"Content-Length": str(len(body) + 10)})
    handler.close_connection = True


def ten_megabytes(handler: AnyMethod) -> None:
    _say(handler, 200, json.dumps(YES | {"more": "x" * TEN_MEGABYTES}).encode())


def trickling(handler: AnyMethod) -> None:
    """A byte now and then, each in time."""
    body = json.dumps(YES).encode()
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    for byte in body[:40]:
        handler.wfile.write(bytes([byte]))
        handler.wfile.flush()
        time.sleep(0.2)
    handler.close_connection = True


def slow(handler: AnyMethod) -> None:
    """A good answer, too late."""
    time.sleep(4)
    _say(handler, 200, json.dumps(YES).encode())


def redirect(handler: AnyMethod) -> None:
    """To where a “yes” would be had."""
    _say(handler, 307, b"", Location="/elsewhere")


@contextmanager
def before(server: Server) -> Iterator[Proxy]:
    proxy = Proxy(free_port())

    class Handler(AnyMethod):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.path == "/elsewhere":
                proxy.followed.append(self.command)
                _say(self, 200, json.dumps(YES).encode())
                return
            try:
                if proxy.fault is None:
                    _forward(self, server, body)
                else:
                    proxy.fault(self)
            except OSError:  # the caller has gone
                self.close_connection = True

    with serving(proxy.port, Handler):
        yield proxy


def _forward(handler: AnyMethod, server: Server, body: bytes) -> None:
    connection = HTTPConnection("127.0.0.1", server.port, timeout=UPSTREAM_SECONDS)
    try:
        connection.request(handler.command, handler.path, body, dict(handler.headers))
        answer = connection.getresponse()
        kept = {name: value for name, value in answer.getheaders() if name.lower() not in HOP_BY_HOP}
        _say(handler, answer.status, answer.read(), **kept)
    except http.client.HTTPException:
        handler.close_connection = True
    finally:
        connection.close()
