"""Ends a process when its parent ends, also by SIGKILL, which leaves the parent no time to do it itself."""

import ctypes
import os
import signal
import sys
from typing import Final

PR_SET_PDEATHSIG: Final = 1  # linux/prctl.h

_libc: Final = ctypes.CDLL(None) if sys.platform == "linux" else None  # loaded here: not in a fork


def follow(parent: int) -> None:
    """Receive SIGTERM when the process `parent` ends. Only Linux offers it; elsewhere nothing happens."""
    if _libc is None:
        return
    _libc.prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM))
    if os.getppid() != parent:  # it ended before it could be followed
        os.kill(os.getpid(), signal.SIGTERM)
