"""Requests as a client writes them: each header as it is spelled, and as often as it is given."""

import http.client
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Answer:
    """Read to its end."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def seen(self) -> "Seen":
        """What reached the service behind the gateway."""
        assert self.status == 200, self
        return Seen(**self.json)


@dataclass(frozen=True, slots=True)
class Seen:
    method: str
    path: str
    headers: list[list[str]]
    body: str

    def named(self, name: str) -> list[str]:
        """The values under this name, as a service reads them that takes `_` and `.` for `-`, as WSGI and CGI do."""
        return [value for each, value in self.headers if _alias(each) == _alias(name)]


def _alias(name: str) -> str:
    return "".join(character if character.isalnum() else "-" for character in name.lower())


def send(
    port: int,
    path: str = "/orders",
    headers: Headers = (),
    *,
    token: str | None = None,
    method: str = "GET",
    trailers: Headers = (),
    body: bytes | Sequence[bytes] | None = None,
    timeout_seconds: float = 15,
) -> Answer:
    """A body in pieces is sent in chunks, and may have trailers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout_seconds)
    try:
        connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in (*([("Authorization", f"Bearer {token}")] if token is not None else []), *headers):
            connection.putheader(name, value)
        if isinstance(body, bytes):
            connection.putheader("Content-Length", str(len(body)))
        elif body is not None:
            connection.putheader("Transfer-Encoding", "chunked")
            body = _chunked(body, trailers)
        connection.endheaders(body)
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())
    finally:
        connection.close()


def _chunked(pieces: Sequence[bytes], trailers: Headers) -> bytes:
    """RFC 9112 section 7.1."""
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    return chunks + b"0\r\n" + b"".join(f"{name}: {value}\r\n".encode() for name, value in trailers) + b"\r\n"
