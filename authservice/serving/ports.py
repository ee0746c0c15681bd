"""Says in time, and in one sentence, why a port can't be had."""

import errno
import socket
from typing import Final

LAST_PORT: Final = 65_535
UNPRIVILEGED: Final = 8000


def find_obstacle(host: str, port: int) -> str | None:
    """Why nobody can listen there, with what to do; None when the port is free.

    Asked beforehand because Granian shares ports (SO_REUSEPORT): two instances would split the connections silently.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections that linger are no obstacle
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError as exc:
            return _sentence(exc, host, port)
    return None


def _sentence(exc: OSError, host: str, port: int) -> str:
    if exc.errno == errno.EADDRINUSE:
        other = port + 1 if port < LAST_PORT else UNPRIVILEGED
        return f"Port {port} is in use; choose another: make run PORT={other}"
    if exc.errno == errno.EACCES:
        return f"Port {port} is for administrators only; choose another: make run PORT={UNPRIVILEGED}"
    return f"It can't listen on {host}, port {port}: {exc.strerror}."
