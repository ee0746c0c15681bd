"""Connections whose answer is there by a deadline, or not at all: a byte now and then buys nobody time."""

import io
import socket
from functools import partial
from http.client import HTTPResponse
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection

from authservice_connector import clock

__all__ = ["TimelyHTTPConnection", "TimelyHTTPSConnection"]


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


class _TimelyAnswers:
    """Of a connection: the pool has just set `timeout` to what is left of the call."""

    timeout: Any
    response_class: Any

    def getresponse(self) -> Any:
        self.response_class = partial(_TimelyResponse, deadline=clock.now() + self.timeout)
        return super().getresponse()  # type: ignore[misc]


class TimelyHTTPConnection(_TimelyAnswers, HTTPConnection):
    """Without TLS."""


class TimelyHTTPSConnection(_TimelyAnswers, HTTPSConnection):
    """With TLS."""
