"""The service behind the gateways: it answers with the request that reached it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus

from accounts.tests.gateways.serving import AnyMethod, serving


@dataclass(frozen=True, slots=True)
class Echo:
    """A running service, and the paths of the requests that have reached it."""

    port: int
    paths: list[str]


@contextmanager
def echoing(port: int) -> Iterator[Echo]:
    echo = Echo(port, [])

    class Handler(_Handler):
        paths = echo.paths

    with serving(port, Handler):
        yield echo


class _Handler(AnyMethod):
    paths: list[str]

    def answer(self) -> None:
        path = self.requestline.split()[1]  # `self.path` has one slash at its beginning where two came
        self.paths.append(path)
        body = self._body()  # first: what trails it is taken for headers, as some servers do
        seen = {"method": self.command, "path": path, "headers": self.headers.items(), "body": body}
        content = json.dumps(seen).encode()
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def _body(self) -> str:
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length", 0))).decode("latin-1")
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        while trailer := self.rfile.readline().decode("latin-1").strip():
            name, _, value = trailer.partition(":")
            self.headers.add_header(name, value.strip())
        return body.decode("latin-1")
