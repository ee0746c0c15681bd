"""Reaps what ended without a parent; the kernel hands it to the first process of a container, which is the launcher."""

import os
from collections.abc import Container


def come_here() -> bool:
    return os.getpid() == 1


def reap(own: Container[int | None]) -> None:
    """Forget the ended processes that are nobody's, up to the first of `own`, whose owner waits for it."""
    while (ended := _first_ended()) is not None and ended not in own:
        os.waitpid(ended, 0)


def _first_ended() -> int | None:
    try:
        found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return None
    return found.si_pid if found else None
