"""HTTP to the auth service: bounded in time and size, never redirected, JSON or nothing."""

import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote_plus, urlencode, urlsplit

import urllib3

from authservice_connector import clock
from authservice_connector.deadlines import TimelyHTTPConnection, TimelyHTTPSConnection
from authservice_connector.errors import CannotTell, Refused, refusal_of

__all__ = ["Answer", "TooLarge", "Transport"]

MAX_BYTES: Final = 1024 * 1024
CHUNK_BYTES: Final = 64 * 1024
MAX_CONNECTIONS: Final = 4


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, and the object that came with it; empty where none did. `date`: the header, as it came."""

    status: int
    document: Mapping[str, Any]
    date: str = ""

    @property
    def refusal(self) -> Refused | None:
        """A 401 of the auth service's own. What stands in front of it may say 401 too, and means something else."""
        code, detail = (self.document.get(name, "") for name in ("code", "detail"))
        return refusal_of(code, str(detail)) if self.status == 401 else None  # noqa: PLR2004


class TooLarge(CannotTell):
    """The answer is larger than any that is wanted; half of it may be had."""


class _Closed(CannotTell):
    """Before anything was answered."""


class Transport:
    """Calls to one origin. Thread-safe; not to be taken through a fork."""

    def __init__(self, base_url: str, *, seconds: float = 2.0) -> None:
        """`seconds` bound a call from its beginning to its end. ValueError for what is no http(s) URL."""
        parts = urlsplit(base_url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
            raise ValueError(f"{base_url!r} is no URL of an auth service; write https://auth.example.com")
        self._base_path, self._seconds = parts.path.rstrip("/"), seconds
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._pool = self._new_pool()

    def get(self, path: str, *, query: Mapping[str, str] | None = None, bearer: str | None = None) -> Answer:
        """CannotTell for whatever is no answer of the service."""
        target = f"{path}?{urlencode(query)}" if query else path
        return self._call("GET", target, _headers(bearer), None)

    def post_json(self, path: str, document: Mapping[str, Any], *, bearer: str | None = None) -> Answer:
        """As `get`."""
        headers = _headers(bearer) | {"Content-Type": "application/json"}
        return self._call("POST", path, headers, json.dumps(document).encode())

    def post_form(self, path: str, form: Mapping[str, str], *, client_id: str, client_secret: str) -> Answer:
        """As `get`; with the client's credentials as RFC 6749 section 2.3.1 has them."""
        credentials = b64encode(f"{quote_plus(client_id)}:{quote_plus(client_secret)}".encode()).decode("ascii")
        headers = _headers(None) | {
            "Authorization": f"Basic {credentials}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        return self._call("POST", path, headers, urlencode(form).encode(), is_repeatable=False)

    def _call(
        self, method: str, target: str, headers: dict[str, str], body: bytes | None, *, is_repeatable: bool = True
    ) -> Answer:
        """Once more where a connection was closed under it, as one that was kept open for long may be."""
        deadline = clock.now() + self._seconds
        try:
            response = self._send(method, target, headers, body, deadline)
        except _Closed:
            if not is_repeatable:
                raise
            self._pool = self._new_pool()  # its other connections are as old
            response = self._send(method, target, headers, body, deadline)
        return Answer(response.status, _document(response, deadline), response.headers.get("Date", ""))

    def _send(
        self, method: str, target: str, headers: dict[str, str], body: bytes | None, deadline: float
    ) -> urllib3.BaseHTTPResponse:
        left = max(0.001, deadline - clock.now())
        try:
            return self._pool.urlopen(
                method,
                self._base_path + target,
                body=body,
                headers=headers,
                redirect=False,
                retries=False,
                timeout=urllib3.Timeout(total=left),
                preload_content=False,
                decode_content=False,
            )
        except urllib3.exceptions.HTTPError as exc:
            was_closed = isinstance(exc, urllib3.exceptions.ProtocolError) and isinstance(exc.args[-1], ConnectionError)
            what = _Closed if was_closed else CannotTell
            raise what(f"The auth service can't be reached ({type(exc).__name__}).") from exc

    def _new_pool(self) -> urllib3.HTTPConnectionPool:
        pool = urllib3.connection_from_url(self._origin, maxsize=MAX_CONNECTIONS, block=False, retries=False)
        pool.ConnectionCls = TimelyHTTPSConnection if pool.scheme == "https" else TimelyHTTPConnection
        return pool


def _document(response: urllib3.BaseHTTPResponse, deadline: float) -> Mapping[str, Any]:
    """The connection goes back to the pool only when all was read."""
    try:
        raw = _read(response, deadline)
    except CannotTell:
        response.close()
        raise
    except (urllib3.exceptions.HTTPError, OSError):
        response.close()
        raise CannotTell("The auth service's answer was cut off.") from None
    response.release_conn()
    if not raw:
        return {}
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError):
        raise CannotTell(f"What answers is no auth service (status {response.status}, no JSON).") from None
    if not isinstance(document, dict):
        raise CannotTell(f"What answers is no auth service (status {response.status}, no object).")
    return document


def _read(response: urllib3.BaseHTTPResponse, deadline: float) -> bytes:
    """Piece by piece: what was read so far is not to grow beyond all bounds."""
    read = b""
    while piece := response.read1(CHUNK_BYTES):
        read += piece
        if len(read) > MAX_BYTES:
            raise TooLarge("The auth service's answer is too large.")
        if clock.now() > deadline:
            raise CannotTell("The auth service's answer was too slow.")
    return read


def _headers(bearer: str | None) -> dict[str, str]:
    """`no-cache`: what a cache on the way has kept may be older than a revocation."""
    headers = {
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "Cache-Control": "no-cache",
        "User-Agent": "authservice-connector",
    }
    return headers if bearer is None else headers | {"Authorization": f"Bearer {bearer}"}
