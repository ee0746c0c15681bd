"""Connections that are there by a deadline, and their answers, or not at all: a byte now and then buys nobody time."""

import io
import socket
import sys
from collections.abc import Iterable
from functools import partial
from http.client import HTTPResponse
from typing import Any, Final

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from authservice_connector import clock, resolving
from authservice_connector.resolving import Address

__all__ = ["TimelyHTTPConnection", "TimelyHTTPSConnection"]

CONNECT_SECONDS: Final = 1.0
SHORTEST_SECONDS: Final = 0.25
"""What an address gets for itself: of what is left, its share among those that are still to be tried, within these."""


class _Timely(io.RawIOBase):
    """What a socket says until a deadline. Its own limit begins anew with every byte that trickles in."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._sock, self._raw, self._deadline = sock, sock.makefile("rb", buffering=0), deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if (left := self._deadline - clock.now()) <= 0:
            raise TimeoutError
        self._sock.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _TimelyResponse(HTTPResponse):
    def __init__(self, sock: socket.socket, *arguments: Any, deadline: float, **named: Any) -> None:
        super().__init__(sock, *arguments, **named)
        self.fp.close()
        self.fp = io.BufferedReader(_Timely(sock, deadline))


class _TimelyConnection:
    """Of a connection: the pool has just set `timeout` to what is left of the call."""

    host: str
    port: int
    timeout: Any
    socket_options: Any
    response_class: Any
    _dns_host: str

    def _new_conn(self) -> socket.socket:
        """Instead of urllib3's, which gives each address as long, and the resolver as long as that likes."""
        this: Any = self
        deadline = clock.now() + self.timeout
        try:
            addresses = resolving.addresses_of(self._dns_host.strip("[]"), self.port, seconds=self.timeout)
            connected = _connected(addresses, deadline, self.socket_options or ())
        except socket.gaierror as exc:
            raise NameResolutionError(self.host, this, exc) from exc
        except TimeoutError as exc:
            raise ConnectTimeoutError(this, f"Connecting to {self.host} took too long.") from exc
        except OSError as exc:
            raise NewConnectionError(this, f"{self.host} can't be connected to: {exc}") from exc
        sys.audit("http.client.connect", self, self.host, self.port)
        return connected

    def getresponse(self) -> Any:
        self.response_class = partial(_TimelyResponse, deadline=clock.now() + self.timeout)
        return super().getresponse()  # type: ignore[misc]


class TimelyHTTPConnection(_TimelyConnection, HTTPConnection):
    """Without TLS."""


class TimelyHTTPSConnection(_TimelyConnection, HTTPSConnection):
    """With TLS."""


def _connected(addresses: list[Address], deadline: float, options: Iterable[Any]) -> socket.socket:
    """To the first that answers. What is left then is its limit: for a TLS handshake as a whole too."""
    trouble: OSError = TimeoutError()
    for number, address in enumerate(addresses):
        if (left := deadline - clock.now()) <= 0:
            break
        share = max(left / (len(addresses) - number), SHORTEST_SECONDS)
        try:
            made = _connected_to(address, min(share, CONNECT_SECONDS, left), options)
        except OSError as exc:
            trouble = exc
        else:
            made.settimeout(max(0.001, deadline - clock.now()))
            return made
    raise trouble


def _connected_to(address: Address, seconds: float, options: Iterable[Any]) -> socket.socket:
    family, kind, protocol, _, where = address
    made = socket.socket(family, kind, protocol)
    try:
        for option in options:
            made.setsockopt(*option)
        made.settimeout(seconds)
        made.connect(where)
    except OSError:
        made.close()
        raise
    return made
