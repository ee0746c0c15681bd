"""Names to addresses by a deadline: one thread waits for as long as the system's resolver likes, and no caller does."""

import os
import socket
import threading
from concurrent.futures import Future
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any, Final

from urllib3.util.connection import allowed_gai_family

from authservice_connector import clock

__all__ = ["Address", "Resolver", "addresses_of"]

LATE_SECONDS: Final = 0.5
"""After so long the addresses of before are taken, where there are any."""

KNOWN_SECONDS: Final = 3600.0
"""For so long they may be: somebody else's they can hardly be by then, and TLS asks for the name anyway."""

Name = tuple[str, int]
Address = tuple[Any, ...]
"""As `socket.getaddrinfo` has it."""


@dataclass(frozen=True, slots=True)
class _Lookup:
    began_at: float = field(default_factory=clock.now)
    found: "Future[list[Address]]" = field(default_factory=Future)


@dataclass(frozen=True, slots=True)
class _Known:
    addresses: list[Address]
    until: float


class Resolver:
    """Thread-safe; not to be taken through a fork. One look-up of a name at a time, however many wait for it, in one
    thread at most, which ends with the last one.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._under_way: dict[Name, _Lookup] = {}
        self._known: dict[Name, _Known] = {}
        self._thread: threading.Thread | None = None

    def find(self, host: str, port: int, *, seconds: float) -> list[Address]:
        """Those of before, where there are any and the resolver is late or in trouble. OSError else: TimeoutError after
        so many seconds, gaierror also for what is no name.
        """
        lookup, known = self._begun((host, port))
        if known is None or clock.now() >= known.until:
            return lookup.found.result(seconds)
        try:
            return lookup.found.result(min(seconds, max(0.0, lookup.began_at + LATE_SECONDS - clock.now())))
        except TimeoutError:
            return known.addresses
        except socket.gaierror as exc:
            if exc.errno != socket.EAI_AGAIN:
                raise
            return known.addresses

    def _begun(self, name: Name) -> tuple[_Lookup, _Known | None]:
        with self._lock:
            if name not in self._under_way:
                self._under_way[name] = _Lookup()
            if self._thread is None or not self._thread.is_alive():
                self._start()
            return self._under_way[name], self._known.get(name)

    def _start(self) -> None:
        """Within the lock."""
        self._thread = threading.Thread(target=self._run, name="authservice-resolver", daemon=True)
        try:
            self._thread.start()
        except RuntimeError as exc:  # this process may have no more of them, or is at its end
            self._thread, self._under_way = None, {}
            raise OSError("There is no thread to look a name up in.") from exc

    def _run(self) -> None:
        while True:
            with self._lock:
                name = next(iter(self._under_way), None)
                if name is None:
                    self._thread = None
                    return
            self._look_up(name)

    def _look_up(self, name: Name) -> None:
        found: list[Address] | Exception
        try:
            found = _looked_up(*name)
        except Exception as exc:  # noqa: BLE001 - whoever waits for it gets it
            found = exc
        with self._lock:
            lookup = self._under_way.pop(name)
            if isinstance(found, list):
                self._known[name] = _Known(found, clock.now() + KNOWN_SECONDS)
        if isinstance(found, list):
            lookup.found.set_result(found)
        else:
            lookup.found.set_exception(found)


def addresses_of(host: str, port: int, *, seconds: float) -> list[Address]:
    """As `Resolver.find`, by the one of this process. What is an address itself is not looked up."""
    return _looked_up(host, port) if _is_address(host) else _resolver.find(host, port, seconds=seconds)


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _looked_up(host: str, port: int) -> list[Address]:
    try:
        return list(socket.getaddrinfo(host, port, allowed_gai_family(), socket.SOCK_STREAM))
    except UnicodeError as exc:  # a label that is empty or too long
        raise socket.gaierror(socket.EAI_NONAME, str(exc)) from exc


_resolver = Resolver()


def _forget() -> None:
    """The thread, and whoever held the lock, stay in the parent."""
    global _resolver  # noqa: PLW0603 - one a process is what this module is for
    _resolver = Resolver()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
