"""One core for the server under measurement, another for everything else."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cores:
    server: int
    load: int
    """For the load generator, and for PostgreSQL, so that the server has its core to itself."""


def choose() -> Cores:
    """RuntimeError where there are not two cores to pin to."""
    match sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []:
        case [server, load, *_]:
            return Cores(server, load)
        case _:
            raise RuntimeError("make bench needs Linux and two cores, one for the server and one for its load.")


@contextmanager
def pinned_to(core: int) -> Iterator[None]:
    """This thread, and what it starts meanwhile, runs on that core."""
    usual = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, usual)
