"""Free TCP ports on the loopback."""

import errno
import random
import socket

# Below the kernel's ephemeral range (from 32768 on Linux), so that no outgoing connection takes the port
# between the choice and the start, or while a server that is to be restarted on it is down.
_RANGE = range(15_000, 32_000)
_given: set[int] = set()


def free_port() -> int:
    """A port that nobody listens on and that was not given before in this run."""
    for port in random.sample(_RANGE, 200):
        if port not in _given and is_free(port):
            _given.add(port)
            return port
    raise RuntimeError("no free port on 127.0.0.1 among 200 tried")


def is_free(port: int) -> bool:
    """Whether nobody listens there."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as exc:
            if exc.errno in {errno.EADDRINUSE, errno.EACCES}:
                return False
            raise
    return True
