"""How many heaps glibc keeps: one for each thread by itself, each with what its busiest moment took."""

import ctypes
from contextlib import suppress
from typing import Final

M_ARENA_MAX: Final = -8  # malloc.h
ARENAS: Final = 2
"""With Python's lock one thread at a time allocates, and one that hashes. With sixteen a worker under load was a fifth
larger: what passwords were hashed in lay in heaps that others had begun to use.
"""


def limit() -> None:
    """Before there are threads. Elsewhere than under glibc nothing happens."""
    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, ARENAS)
