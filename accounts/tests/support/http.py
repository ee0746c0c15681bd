"""A small JSON client that keeps its connection open, for tests that speak to real server processes."""

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Response:
    """An answer, read to its end."""

    status: int
    headers: http.client.HTTPMessage
    """Looked up by name in whatever case; `get_all` for a repeated one."""
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def __repr__(self) -> str:
        return f"Response({self.status}, {self.body[:500]!r})"


class JSONClient:
    """One connection to one server; one client a thread. Nothing is sent twice: a broken connection raises
    OSError or http.client.HTTPException, and the next call opens a new one."""

    def __init__(self, url: str, *, timeout_seconds: float = 30) -> None:
        parts = urlsplit(url)
        self._connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=timeout_seconds)

    def get(self, path: str, *, token: str | None = None, headers: Mapping[str, str] | None = None) -> Response:
        return self.request("GET", path, token=token, headers=headers)

    def post(
        self, path: str, body: object = None, *, token: str | None = None, headers: Mapping[str, str] | None = None
    ) -> Response:
        return self.request("POST", path, body, token=token, headers=headers)

    def request(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Send `body` as JSON, or bytes as they are, or nothing for None; `token` goes as a Bearer token."""
        sent: dict[str, str] = {}
        if body is not None:
            sent["Content-Type"] = "application/json"
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        payload = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        try:
            self._connection.request(method, path, payload, sent | dict(headers or {}))
            answer = self._connection.getresponse()
            return Response(answer.status, answer.headers, answer.read())
        except (OSError, http.client.HTTPException):
            self.close()
            raise

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()
