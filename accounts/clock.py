"""A clock for how long something has lasted: it runs while the machine sleeps, and nobody sets it."""

import time
from typing import Final

_CLOCK: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)  # Linux; elsewhere the monotonic one


def now() -> float:
    """Seconds since some moment."""
    return time.clock_gettime(_CLOCK)
